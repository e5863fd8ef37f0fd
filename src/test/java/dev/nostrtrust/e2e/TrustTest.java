package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Tier;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TrustTest {
    private static TestServer server;
    private static Api api;
    private static Api worker;
    private static Api service;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        server.clock().advanceToNoon();
        api = Api.of(server);
    }

    // Tests set the clock forward by days: each has tokens of its own time.
    @BeforeEach
    void tokens() {
        worker = api.as(server.token(Scope.WORKER));
        service = api.as(server.token(Scope.SERVICE));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String pay(Api own, long sats, long absorbed) {
        String job = own.post("/api/jobs", "{\"request\":{}}").text("id");
        String fence =
                worker.post("/api/jobs/" + job + "/claim").json().get("fence").asText();
        worker.post(
                "/api/jobs/" + job + "/complete",
                "{\"fence\":" + fence + ",\"sats_cost\":" + sats + ",\"sats_absorbed\":" + absorbed + "}");
        return job;
    }

    private static JsonNode trustAfter(Api own, long interactions) {
        Waiting.until(
                () -> own.get("/api/trust/me").json().get("interaction_count").asLong() == interactions);
        return own.get("/api/trust/me").json();
    }

    @Test
    void trust_rises_with_what_is_paid_and_is_explained() {
        User user = new User();
        Api own = api.as(user.logIn(api));
        JsonNode newcomer = own.get("/api/trust/me").json();
        pay(own, 3000, 0);
        JsonNode established = trustAfter(own, 1);

        assertThat(newcomer.get("trust_tier").asText()).isEqualTo("new");
        assertThat(newcomer.get("trust_score").asDouble()).isEqualTo(10);
        assertThat(newcomer.get("next_tier").get("tier").asText()).isEqualTo("established");
        assertThat(newcomer.get("next_tier").get("sats").asLong()).isEqualTo(2858);
        assertThat(newcomer.get("demotes_at").isNull()).isTrue();
        assertThat(established.get("trust_tier").asText()).isEqualTo("established");
        assertThat(established.get("trust_score").asDouble()).isEqualTo(30.76);
        assertThat(established.get("next_tier").get("sats").asLong()).isBetween(9534L, 9536L);
        assertThat(established.get("npub").asText()).isEqualTo(user.npub());
        Instant demotesAt = Instant.parse(established.get("demotes_at").asText());
        assertThat(Duration.between(server.clock().instant(), demotesAt).toDays())
                .isEqualTo(35L);
    }

    @Test
    void polls_and_sessions_show_the_tier_of_now() {
        Api own = api.as(new User().logIn(api));
        String session = own.post("/api/sessions", "{}").text("id");
        String job = pay(own, 50_000, 0);
        trustAfter(own, 1);

        assertThat(api.get("/api/jobs/" + job).text("trust_tier")).isEqualTo("elite");
        assertThat(api.get("/api/sessions/" + session).text("trust_tier")).isEqualTo("elite");
        assertThat(own.get("/api/identity/me").text("trust_tier")).isEqualTo("elite");
    }

    @Test
    void a_history_says_what_moved_the_score_newest_first() {
        User user = new User();
        Api own = api.as(user.logIn(api));
        String first = pay(own, 1000, 0);
        String second = pay(own, 2000, 0);
        trustAfter(own, 2);

        JsonNode history =
                own.get("/api/trust/" + user.npub() + "/history?limit=1").json();
        JsonNode older = service.get("/api/trust/" + user.pubkey() + "/history?limit=5&before="
                        + history.get("next_before").asLong())
                .json();

        assertThat(history.get("entries").get(0).get("source_id").asText()).isEqualTo(second);
        assertThat(older.get("entries")).hasSize(1);
        assertThat(older.get("entries").get(0).get("source_id").asText()).isEqualTo(first);
        assertThat(older.get("entries").get(0).get("cause").asText()).isEqualTo("success");
        assertThat(older.get("next_before").isNull()).isTrue();
        assertThat(own.get("/api/trust/me/history").json().get("entries")).hasSize(2);
    }

    @Test
    void others_trust_is_for_services() {
        User user = new User();
        Api own = api.as(user.logIn(api));
        User stranger = new User();

        assertThat(service.get("/api/trust/" + user.npub()).text("pubkey")).isEqualTo(user.pubkey());
        assertThat(own.get("/api/trust/" + user.pubkey()).status()).isEqualTo(200);
        assertThat(own.get("/api/trust/" + stranger.pubkey()).code()).isEqualTo("insufficient_scope");
        assertThat(service.get("/api/trust/" + stranger.pubkey()).code()).isEqualTo("identity_not_found");
        assertThat(service.get("/api/trust/nobody").code()).isEqualTo("invalid_pubkey");
        assertThat(service.get("/api/trust/me").code()).isEqualTo("insufficient_scope");
        assertThat(own.get("/api/trust/events").code()).isEqualTo("insufficient_scope");
        assertThat(api.get("/api/trust/me").code()).isEqualTo("token_required");
    }

    @Test
    void the_feed_is_the_ledger_in_order_without_gaps() {
        Api own = api.as(new User().logIn(api));
        for (int i = 0; i < 5; i++) {
            pay(own, 100, 0);
        }
        trustAfter(own, 5);

        List<Long> seqs = new ArrayList<>();
        long after = 0;
        JsonNode page;
        do {
            page = service.get("/api/trust/events?limit=3&after=" + after).json();
            page.get("events").forEach(event -> seqs.add(event.get("seq").asLong()));
            after = page.get("next_after").asLong();
        } while (!page.get("events").isEmpty());

        assertThat(seqs).hasSizeGreaterThanOrEqualTo(5);
        for (int i = 0; i < seqs.size(); i++) {
            assertThat(seqs.get(i)).isEqualTo(i + 1);
        }
        assertThat(service.get("/api/trust/events?after=-1&limit=1001").json().get("violations"))
                .hasSize(2);
    }

    @Test
    void what_was_absorbed_counts_for_the_utc_day() {
        User user = new User();
        Api own = api.as(user.logIn(api));
        pay(own, 0, 30);
        pay(own, 0, 12);
        JsonNode today = trustAfter(own, 2);
        server.clock().advance(Duration.ofDays(1));
        JsonNode tomorrow = api.as(user.logIn(api)).get("/api/trust/me").json();

        assertThat(today.get("sats_absorbed_today").asLong()).isEqualTo(42);
        assertThat(tomorrow.get("sats_absorbed_today").asLong()).isZero();
    }

    @Test
    void the_policy_is_there_for_all_to_read() {
        Answer policy = api.get("/api/trust/policy");

        assertThat(policy.json().get("half_life_days").asInt()).isEqualTo(60);
        assertThat(policy.json().get("tiers").get("elite").asInt()).isEqualTo(80);
        assertThat(policy.json().get("fault_floor_sats").get("abuse").asInt()).isEqualTo(1000);
    }

    @Test
    void services_in_the_same_process_use_the_trust_service() {
        PublicKey key = new PublicKey(new User().pubkey());

        assertThat(TestServer.await(server.trust().getTier(key))).isEqualTo(Tier.NEW);
        TestServer.await(server.trust().recordSuccess(key, 12_501));
        Waiting.until(() -> TestServer.await(server.trust().getTier(key)) == Tier.TRUSTED);
        TestServer.await(server.trust().recordFailure(key, FaultReason.ABUSE));
        Waiting.until(() -> TestServer.await(server.trust().getTier(key)) == Tier.ESTABLISHED);
        TestServer.await(server.trust().recordFailure(key, FaultReason.UNPAID, 6_000));
        Waiting.until(() -> TestServer.await(server.trust().getTier(key)) == Tier.ANONYMOUS);
    }
}
