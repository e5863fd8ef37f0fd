package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.fixture.TestTokens;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What operators see of identities, how they end logins, and how they erase for a user. */
class OperatorIdentitiesTest {
    private static final String PATH = "/api/operator/identities";

    private static TestServer server;
    private static Api api;
    private static Api operator;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of());
        api = Api.of(server);
        operator = api.as(server.token(Scope.OPERATOR));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static User seen(long sats) {
        User user = new User();
        user.logIn(api);
        operator.post("/api/trust/" + user.pubkey() + "/adjust", "{\"sats\":" + sats + "}");
        return user;
    }

    /** The keys of all pages. */
    private static List<String> listed(String query) {
        List<String> keys = new ArrayList<>();
        String after = "";
        do {
            Answer page = operator.get(PATH + "?limit=2" + query + after);
            assertThat(page.status()).as(page.toString()).isEqualTo(200);
            for (JsonNode each : page.json().get("identities")) {
                keys.add(each.get("trust").get("pubkey").asText());
            }
            after = page.json().get("next_after").isNull() ? "" : "&after=" + page.text("next_after");
        } while (!after.isEmpty());
        return keys;
    }

    private static long audited(String action, User user) {
        return server.count("SELECT count(*) FROM audit_log WHERE actor = 'operator:test-operator' AND action = '"
                + action + "' AND subject = '" + user.pubkey() + "' AND reason = 'asked by mail'");
    }

    private static Answer act(User user, String action) {
        return operator.post(PATH + "/" + user.npub() + "/" + action, "{\"reason\":\"asked by mail\"}");
    }

    @Test
    void identities_are_listed_by_pages_and_selected_by_what_is_known_of_them() {
        User rich = seen(40_000);
        User poor = seen(-20_000);
        User blocked = seen(1);
        User locked = seen(2);
        operator.post("/api/trust/" + blocked.pubkey() + "/block");
        operator.post("/api/trust/" + locked.pubkey() + "/lock", "{\"tier\":\"trusted\"}");
        String tomorrow = server.clock().instant().plus(Duration.ofDays(1)).toString();

        assertThat(listed(""))
                .isSorted()
                .doesNotHaveDuplicates()
                .contains(rich.pubkey(), poor.pubkey(), blocked.pubkey(), locked.pubkey())
                .hasSize((int) server.count("SELECT count(*) FROM nostr_identities"));
        assertThat(listed("&tier=elite")).contains(rich.pubkey()).doesNotContain(locked.pubkey(), poor.pubkey());
        assertThat(listed("&tier=trusted")).containsExactly(locked.pubkey());
        assertThat(listed("&tier=anonymous")).contains(poor.pubkey()).doesNotContain(rich.pubkey());
        assertThat(listed("&blocked=true")).containsExactly(blocked.pubkey());
        assertThat(listed("&blocked=false")).contains(rich.pubkey()).doesNotContain(blocked.pubkey());
        assertThat(listed("&min_balance=39000")).contains(rich.pubkey()).doesNotContain(poor.pubkey());
        assertThat(listed("&max_balance=-10")).contains(poor.pubkey()).doesNotContain(rich.pubkey());
        assertThat(listed("&seen_since=" + tomorrow)).isEmpty();
        assertThat(listed("&seen_before=" + tomorrow)).contains(rich.pubkey());
    }

    @Test
    void absence_counts_in_a_selection() {
        try (TestServer own = TestServer.start()) {
            Api its = Api.of(own).as(own.token(Scope.OPERATOR));
            User user = new User();
            user.logIn(Api.of(own));
            its.post("/api/trust/" + user.pubkey() + "/adjust", "{\"sats\":12501}");

            own.clock().advance(Duration.ofDays(60));
            Api later = Api.of(own).as(own.token(Scope.OPERATOR));

            assertThat(later.get(PATH + "?tier=established").json().get("identities"))
                    .hasSize(1);
            assertThat(later.get(PATH + "?tier=trusted").json().get("identities"))
                    .isEmpty();
            assertThat(later.get(PATH + "?min_balance=6250").json().get("identities"))
                    .hasSize(1);
            assertThat(later.get(PATH + "?min_balance=6251").json().get("identities"))
                    .isEmpty();
        }
    }

    @Test
    void a_wrong_selection_is_refused() {
        for (String query : List.of(
                "tier=best",
                "blocked=yes",
                "seen_since=yesterday",
                "min_balance=NaN",
                "after=x",
                "limit=0",
                "colour=blue")) {
            assertThat(operator.get(PATH + "?" + query).code()).as(query).isEqualTo("invalid_request");
        }
    }

    @Test
    void an_identity_is_shown_with_its_trust() {
        User user = seen(3000);

        Answer shown = operator.get(PATH + "/" + user.npub());

        assertThat(shown.json().get("trust").get("trust_tier").asText()).isEqualTo("established");
        assertThat(shown.json().get("blocked_at").isNull()).isTrue();
        assertThat(Instant.parse(shown.text("last_seen"))).isEqualTo(Instant.parse(shown.text("created_at")));
        assertThat(operator.get(PATH + "/" + new User().pubkey()).code()).isEqualTo("identity_not_found");
        assertThat(operator.get(PATH + "/alice").code()).isEqualTo("invalid_pubkey");
    }

    @Test
    void all_logins_of_an_identity_end_and_it_may_log_in_again() {
        User user = new User();
        Api first = api.as(user.logIn(api));
        Api second = api.as(user.logIn(api));

        assertThat(act(user, "logout").status()).isEqualTo(204);

        assertThat(first.get("/api/identity/me").code()).isEqualTo("token_revoked");
        assertThat(second.get("/api/identity/me").code()).isEqualTo("token_revoked");
        assertThat(audited("logins_revoked", user)).isEqualTo(1);
        assertThat(api.as(user.logIn(api)).get("/api/identity/me").status()).isEqualTo(200);
        assertThat(act(new User(), "logout").code()).isEqualTo("identity_not_found");
    }

    @Test
    void one_login_ends_and_the_others_stay() {
        User user = new User();
        String token = user.logIn(api);
        Api other = api.as(user.logIn(api));
        String path = "/api/operator/logins/" + TestTokens.of(token).text("sid") + "/revoke";

        assertThat(operator.post(path, "{\"reason\":\"asked by mail\"}").status())
                .isEqualTo(204);
        assertThat(operator.post(path, "{\"reason\":\"asked by mail\"}").status())
                .isEqualTo(204);

        assertThat(api.as(token).get("/api/identity/me").code()).isEqualTo("token_revoked");
        assertThat(other.get("/api/identity/me").status()).isEqualTo(200);
        assertThat(audited("login_revoked", user)).isEqualTo(1);
        assertThat(operator.post("/api/operator/logins/" + UUID.randomUUID() + "/revoke")
                        .code())
                .isEqualTo("login_not_found");
    }

    @Test
    void an_erasure_is_scheduled_for_a_user_and_withdrawn_again() {
        User user = new User();
        Api own = api.as(user.logIn(api));

        Answer asked = act(user, "erase");

        assertThat(asked.status()).isEqualTo(202);
        assertThat(Instant.parse(asked.text("erase_after")))
                .isAfter(server.clock().instant());
        assertThat(own.get("/api/identity/me").code()).isEqualTo("token_revoked");
        assertThat(operator.get(PATH + "/" + user.pubkey()).text("erase_after")).isEqualTo(asked.text("erase_after"));
        assertThat(act(user, "keep").status()).isEqualTo(204);
        assertThat(act(user, "keep").status()).isEqualTo(204);
        assertThat(operator.get(PATH + "/" + user.pubkey())
                        .json()
                        .get("erase_after")
                        .isNull())
                .isTrue();
        assertThat(audited("erasure_asked", user)).isEqualTo(1);
        assertThat(audited("erasure_withdrawn", user)).isEqualTo(1);
        assertThat(act(new User(), "erase").code()).isEqualTo("identity_not_found");
        assertThat(act(new User(), "keep").code()).isEqualTo("identity_not_found");
    }
}
