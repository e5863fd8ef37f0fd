package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The audit log as operators read it. */
class AuditTest {
    private static TestServer server;
    private static Api api;
    private static Api operator;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        api = Api.of(server);
        operator = api.as(server.token(Scope.OPERATOR));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** The actions of all pages, the newest first. */
    private static List<String> actions(String query) {
        List<String> actions = new ArrayList<>();
        String before = "";
        do {
            Answer page = operator.get("/api/operator/audit?limit=2" + query + before);
            assertThat(page.status()).as(page.toString()).isEqualTo(200);
            for (JsonNode each : page.json().get("entries")) {
                actions.add(each.get("action").asText());
            }
            before = page.json().get("next_before").isNull() ? "" : "&before=" + page.text("next_before");
        } while (!before.isEmpty());
        return actions;
    }

    @Test
    void what_was_done_to_a_key_is_listed_from_the_newest() {
        User user = new User();
        Api own = api.as(user.logIn(api));
        operator.post("/api/trust/" + user.pubkey() + "/block", "{\"reason\":\"spam\"}");
        operator.post("/api/trust/" + user.pubkey() + "/block", "{\"blocked\":false}");
        own.post("/api/identity/logout");
        String subject = "&subject=" + user.pubkey();

        assertThat(actions(subject)).containsExactly("logout", "unblock", "block", "login");
        assertThat(actions(subject + "&actor=operator:test-operator")).containsExactly("unblock", "block");
        assertThat(actions(subject + "&action=login")).containsExactly("login");
        JsonNode block = operator.get("/api/operator/audit?action=block" + subject)
                .json()
                .get("entries")
                .get(0);
        assertThat(block.get("reason").asText()).isEqualTo("spam");
        assertThat(block.get("actor").asText()).isEqualTo("operator:test-operator");
    }

    @Test
    void rows_are_selected_by_their_time() {
        new User().logIn(api);
        String now = Instant.now().toString();
        String yesterday = Instant.now().minus(Duration.ofDays(1)).toString();

        assertThat(actions("&since=" + yesterday)).contains("login");
        assertThat(actions("&until=" + yesterday)).isEmpty();
        assertThat(actions("&since=" + yesterday + "&until=" + now)).contains("login");
    }

    @Test
    void a_wrong_selection_is_refused() {
        for (String query : List.of("actor=", "since=now", "before=0", "limit=1001", "colour=blue")) {
            assertThat(operator.get("/api/operator/audit?" + query).code())
                    .as(query)
                    .isEqualTo("invalid_request");
        }
    }
}
