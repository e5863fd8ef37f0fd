package dev.nostrtrust.trust.api;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdentityStore;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.e2e.Answer;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.fixture.TestCallers;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.trust.ledger.Ledger;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import dev.nostrtrust.trust.scoring.Scorer;
import dev.nostrtrust.trust.scoring.ScoringVerticle;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The routes of trust over HTTP, with a scorer and without the rest of a server. */
@ExtendWith(VertxExtension.class)
class TrustRoutesTest {
    private static final TestClock CLOCK = new TestClock();

    private static MigratedDatabase database;
    private static TestCallers callers;
    private static TrustService trust;
    private static Ledger ledger;
    private static Api api;
    private static Api service;

    @BeforeAll
    static void start(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        callers = TestCallers.open(vertx, database, CLOCK);
        ledger = new Ledger(database.database());
        Bus bus = new Bus(vertx);
        TrustModel model = new TrustModel(TrustPolicy.defaults());
        trust = new TrustService(database.database(), model, CLOCK, bus);
        Settings settings = SettingsReader.of(Map.of()).settings();
        Scorer scorer = new Scorer(database.database(), model, settings, CLOCK, bus);
        await(vertx.deployVerticle(new ScoringVerticle(scorer, settings, bus)));
        IdentityStore identities = callers.identities();
        RouteServer server = RouteServer.start(
                vertx,
                Map.of(),
                new TrustRoutes(callers.authenticator(), identities::requireLive, trust, ledger, model.policy()));
        api = Api.at(server.port());
        service = as(callers.named(Scope.SERVICE, "shop"));
    }

    private static Api as(Caller caller) {
        return api.as(callers.token(caller));
    }

    private static PublicKey keyOf(Caller user) {
        return new PublicKey(user.subject());
    }

    private static void pay(Caller user, long... amounts) {
        for (long sats : amounts) {
            await(trust.recordSuccess(keyOf(user), sats));
        }
        Waiting.until(() -> database.sql("SELECT count(*) FROM trust_ledger WHERE seq IS NULL") == 0);
    }

    @Test
    void a_user_reads_its_own_trust_under_every_name() {
        Caller user = callers.user();
        pay(user, 40_000);

        Answer me = as(user).get("/api/trust/me");

        assertThat(me.text("pubkey")).isEqualTo(user.subject());
        assertThat(me.text("trust_tier")).isEqualTo("elite");
        assertThat(me.json().get("interaction_count").asLong()).isEqualTo(1);
        for (String name : List.of(user.subject(), keyOf(user).npub())) {
            assertThat(as(user).get("/api/trust/" + name).text("pubkey")).isEqualTo(user.subject());
        }
    }

    @Test
    void the_trust_of_others_is_for_services_and_operators() {
        Caller user = callers.user();
        String path = "/api/trust/" + keyOf(user).npub();
        for (String suffix : List.of("", "/history")) {
            Answer refused = as(callers.user()).get(path + suffix);

            assertThat(refused.status() + refused.code()).isEqualTo("403insufficient_scope");
            assertThat(refused.json().at("/expected/0").asText()).isEqualTo("service");
            assertThat(api.get(path + suffix).code()).isEqualTo("token_required");
            assertThat(as(callers.named(Scope.WORKER, "worker"))
                            .get(path + suffix)
                            .code())
                    .isEqualTo("insufficient_scope");
            assertThat(service.get(path + suffix).status()).isEqualTo(200);
            assertThat(as(callers.named(Scope.OPERATOR, "operator"))
                            .get(path + suffix)
                            .status())
                    .isEqualTo(200);
        }
    }

    private static String keys(String... pubkeys) {
        return "{\"pubkeys\":[\"" + String.join("\",\"", pubkeys) + "\"]}";
    }

    @Test
    void the_tiers_of_many_keys_are_looked_up_at_once() {
        Caller user = callers.user();
        pay(user, 40_000);
        String unknown = SecretKey.random(new SecureRandom()).publicKey().hex();

        JsonNode identities = service.post("/api/trust/lookup", keys(keyOf(user).npub(), unknown))
                .json()
                .get("identities");

        JsonNode known = identities.get(user.subject());
        assertThat(known.get("trust_tier").asText()).isEqualTo("elite");
        assertThat(Instant.parse(known.get("tier_until").asText()))
                .isEqualTo(Instant.parse(
                        service.get("/api/trust/" + user.subject()).text("tier_until")));
        assertThat(identities.get(unknown).get("trust_tier").asText()).isEqualTo("new");
        assertThat(identities).hasSize(2);
    }

    @Test
    void a_lookup_takes_500_keys_and_not_more() {
        String[] npubs = IntStream.range(0, 501)
                .mapToObj(i -> SecretKey.random(new SecureRandom()).publicKey().npub())
                .toArray(String[]::new);

        assertThat(service.post("/api/trust/lookup", keys(Arrays.copyOf(npubs, 500)))
                        .json()
                        .get("identities"))
                .hasSize(500);
        assertThat(service.post("/api/trust/lookup", keys(npubs)).code()).isEqualTo("invalid_request");
        assertThat(service.post("/api/trust/lookup", "{\"pubkeys\":[]}").code()).isEqualTo("invalid_request");
        assertThat(service.post("/api/trust/lookup", keys(" ".repeat(60_000))).code())
                .isEqualTo("body_too_large");
        assertThat(service.post("/api/trust/lookup", keys("x", npubs[0], "npub1"))
                        .json()
                        .get("violations")
                        .findValuesAsText("field"))
                .containsExactly("pubkeys[0]", "pubkeys[2]");
        assertThat(service.post(
                                "/api/trust/lookup",
                                keys("nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5"))
                        .code())
                .isEqualTo("nsec_refused");
    }

    @Test
    void a_lookup_by_others_is_refused_before_its_body_is_read() {
        String large = keys(" ".repeat(60_000));

        assertThat(api.post("/api/trust/lookup", large).code()).isEqualTo("token_required");
        assertThat(as(callers.user()).post("/api/trust/lookup", large).code()).isEqualTo("insufficient_scope");
        assertThat(as(callers.named(Scope.WORKER, "worker"))
                        .post("/api/trust/lookup", keys("x"))
                        .code())
                .isEqualTo("insufficient_scope");
    }

    @Test
    void a_service_has_no_trust_of_its_own() {
        assertThat(service.get("/api/trust/me").code()).isEqualTo("insufficient_scope");
        assertThat(service.get("/api/trust/me/history").code()).isEqualTo("invalid_pubkey");
    }

    @Test
    void an_unknown_key_is_not_found_and_a_key_that_is_none_is_refused() {
        String unknown = SecretKey.random(new SecureRandom()).publicKey().hex();

        assertThat(service.get("/api/trust/" + unknown).status()).isEqualTo(404);
        assertThat(service.get("/api/trust/" + unknown).code()).isEqualTo("identity_not_found");
        assertThat(service.get("/api/trust/" + unknown + "/history").code()).isEqualTo("identity_not_found");
        assertThat(service.get("/api/trust/x").code()).isEqualTo("invalid_pubkey");
    }

    @Test
    void a_blocked_user_reads_nothing() {
        Caller user = callers.user();
        Api own = as(user);
        callers.block(user);

        for (String path : List.of("/api/trust/me", "/api/trust/" + user.subject(), "/api/trust/me/history")) {
            assertThat(own.get(path).code()).isEqualTo("identity_blocked");
        }
    }

    @Test
    void a_history_is_read_page_by_page_newest_first() {
        Caller user = callers.user();
        pay(user, 1, 2, 3);
        String path = "/api/trust/" + user.subject() + "/history?limit=2";

        JsonNode first = service.get(path).json();
        JsonNode rest = service.get(path + "&before=" + first.get("next_before").asText())
                .json();

        assertThat(first.get("entries").findValuesAsText("sats")).containsExactly("3", "2");
        assertThat(rest.get("entries").findValuesAsText("sats")).containsExactly("1");
        assertThat(rest.get("next_before").isNull()).isTrue();
        assertThat(as(user).get("/api/trust/me/history").json().get("entries")).hasSize(3);
        assertThat(service.get("/api/trust/" + user.subject() + "/history?limit=1001&before=0&x=1")
                        .json()
                        .get("violations"))
                .hasSize(3);
    }

    @Test
    void the_policy_is_public() {
        Answer policy = api.get("/api/trust/policy");

        assertThat(policy.status()).isEqualTo(200);
        assertThat(policy.text("policy_version"))
                .isEqualTo(TrustPolicy.defaults().version());
        assertThat(policy.json().get("tiers").has("anonymous")).isFalse();
        assertThat(api.get("/api/trust/policy?x=1").code()).isEqualTo("invalid_request");
    }
}
