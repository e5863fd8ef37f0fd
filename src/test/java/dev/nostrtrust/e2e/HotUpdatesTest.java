package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Updates that repeat change no indexed column and fit into the page of their row (HOT), so they write no index. Each
 * kind of update has a table of its own. PostgreSQL's statistics arrive some seconds late.
 */
class HotUpdatesTest {
    private static final int TIMES = 50;

    private static TestServer server;
    private static Api api;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of("SWEEP_INTERVAL", "1h"));
        api = Api.of(server);
        sendHeartbeats();
        logInAgain();
        refresh();
        orderInSession();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static long statistic(String table, String column) {
        return server.count("SELECT " + column + " FROM pg_stat_user_tables WHERE relname = '" + table + "'");
    }

    private static void updatesAre(String table, int all, int hot) {
        Waiting.until(() -> statistic(table, "n_tup_upd") >= all);
        assertThat(statistic(table, "n_tup_upd")).isEqualTo(all);
        assertThat(statistic(table, "n_tup_hot_upd")).isEqualTo(hot);
    }

    private static void sendHeartbeats() {
        Work work = new Work(server);
        String job = work.order(api);
        long fence = work.claim(job);
        for (int i = 0; i < TIMES; i++) {
            String progress = "{\"percent\":" + i + ",\"step\":\"" + "x".repeat(i) + "\"}";
            assertThat(work.worker()
                            .post(
                                    "/api/jobs/" + job + "/heartbeat",
                                    "{\"fence\":" + fence + ",\"progress\":" + progress + "}")
                            .status())
                    .isEqualTo(200);
        }
    }

    private static void logInAgain() {
        User user = new User();
        for (int i = 0; i <= TIMES; i++) {
            user.logIn(api);
        }
    }

    private static void refresh() {
        String token = new User().logIn(api);
        for (int i = 0; i < TIMES; i++) {
            token = api.as(token).post("/api/identity/refresh").text("nostr_token");
        }
    }

    private static void orderInSession() {
        Api user = api.as(new User().logIn(api));
        String session = user.post("/api/sessions", "{}").text("id");
        for (int i = 0; i < TIMES; i++) {
            assertThat(user.post("/api/sessions/" + session + "/requests", Work.ORDER)
                            .status())
                    .isEqualTo(201);
        }
    }

    @Test
    void heartbeats_with_progress() {
        // The claim changes the state, which is in an index.
        updatesAre("jobs", 1 + TIMES, TIMES);
    }

    @Test
    void repeated_logins() {
        updatesAre("nostr_identities", TIMES, TIMES);
    }

    @Test
    void refreshed_tokens() {
        updatesAre("logins", TIMES, TIMES);
    }

    @Test
    void counts_of_a_sessions_jobs() {
        updatesAre("sessions", TIMES, TIMES);
    }
}
