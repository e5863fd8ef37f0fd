package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.ClusterNodes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class OneChallengeManyNodesTest {
    private static final int NODES = 3;
    private static final int AT_ONCE = 100;

    @Tag("full")
    @Test
    void a_challenge_is_redeemed_once_however_many_nodes_are_asked_at_once() {
        redeem(10);
    }

    @Test
    @Tag("torture")
    void two_hundred_challenges_are_redeemed_once_each() {
        redeem(200);
    }

    private static void redeem(int rounds) {
        // A hundred at once from one client are the point here, not too many for the server.
        try (ClusterNodes nodes = ClusterNodes.start(NODES, Map.of("LOGIN_ATTEMPTS", "1000"))) {
            List<Api> apis = new ArrayList<>();
            for (int i = 0; i < NODES; i++) {
                apis.add(Api.of(nodes.get(i)));
            }
            int redeemed = 0;
            for (int round = 0; round < rounds; round++) {
                JsonNode template = User.challenge(apis.get(round % NODES));
                String proof = new User().proof(template);
                List<CompletableFuture<List<Answer>>> asked = new ArrayList<>();
                for (int i = 0; i < NODES; i++) {
                    Api api = apis.get(i);
                    int share = AT_ONCE / NODES + (i < AT_ONCE % NODES ? 1 : 0);
                    asked.add(CompletableFuture.supplyAsync(
                            () -> api.postAtOnce(share, "/api/identity/verify", () -> proof)));
                }
                List<Answer> answers =
                        asked.stream().flatMap(each -> each.join().stream()).toList();
                assertThat(answers).hasSize(AT_ONCE);
                assertThat(answers).filteredOn(answer -> answer.status() == 200).hasSize(1);
                assertThat(answers).filteredOn(answer -> answer.status() != 200).allMatch(answer -> answer.code()
                        .equals("challenge_used"));
                redeemed++;
            }
            System.out.println("challenges: " + redeemed + " redeemed once each, by " + AT_ONCE + " at once over "
                    + NODES + " nodes");
            assertThat(nodes.get(0).count("SELECT count(*) FROM logins")).isEqualTo(rounds);
        }
    }
}
