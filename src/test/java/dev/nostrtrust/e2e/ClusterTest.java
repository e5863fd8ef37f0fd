package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.ClusterNodes;
import dev.nostrtrust.app.TestServer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two nodes in one process: what begins on one goes on on the other. */
class ClusterTest {
    private static ClusterNodes nodes;
    private static TestServer one;
    private static TestServer other;

    @BeforeAll
    static void join() {
        nodes = ClusterNodes.start(2, Map.of());
        one = nodes.get(0);
        other = nodes.get(1);
    }

    @AfterAll
    static void leave() {
        nodes.close();
    }

    @Test
    void each_node_counts_the_members() {
        for (TestServer node : List.of(one, other)) {
            Waiting.until(() -> node.clusterMembers() == 2);
        }
    }

    @Test
    void a_challenge_of_one_node_is_good_on_another_and_its_token_on_both() {
        User user = new User();

        Answer verified = Api.of(other).post("/api/identity/verify", user.proof(User.challenge(Api.of(one))));
        Answer job = Api.of(one).as(verified.text("nostr_token")).post("/api/jobs", "{\"request\":{}}");

        assertThat(verified.status()).isEqualTo(200);
        assertThat(job.status()).isEqualTo(201);
        assertThat(Api.of(other).get(job.header("Location").orElseThrow()).text("id"))
                .isEqualTo(job.text("id"));
    }

    @Test
    void what_is_revoked_on_one_node_is_revoked_on_all_at_once() {
        String token = new User().logIn(Api.of(one));

        assertThat(Api.of(other).as(token).post("/api/identity/logout").status())
                .isEqualTo(204);

        for (TestServer node : List.of(one, other)) {
            assertThat(Api.of(node).as(token).get("/api/identity/me").code()).isEqualTo("token_revoked");
            assertThat(Api.of(node)
                            .as(token)
                            .post("/api/jobs", "{\"request\":{}}")
                            .code())
                    .isEqualTo("token_revoked");
        }
    }

    @Test
    void what_one_node_publishes_is_heard_on_the_other() {
        var heard = other.listen("jobs.v1.changed");

        String id = Api.of(one).post("/api/jobs", "{\"request\":{}}").text("id");

        Waiting.until(() -> heard.stream().anyMatch(message -> id.equals(message.getString("id"))));
    }

    @Test
    void every_node_answers_for_keys() {
        User user = new User();
        user.logIn(Api.of(one));

        // Requests go to each of the nodes in turn.
        for (int i = 0; i < 4; i++) {
            assertThat(other.ask("trust.v1.get", new JsonObject().put("pubkey", user.pubkey()))
                            .getString("trust_tier"))
                    .isEqualTo("new");
        }
    }

    @Test
    void nodes_that_the_cluster_has_forgotten_register_again() {
        assertThat(nodes.listeners("trust.v1.get")).isEqualTo(2);

        nodes.forgetAll();

        Waiting.until(() -> nodes.listeners("trust.v1.get") == 2 && nodes.listeners("trust.v1.pending") == 2);
        every_node_answers_for_keys();
    }
}
