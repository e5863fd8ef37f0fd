package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class OwnPagesTest {
    private static TestServer server;
    private static Api api;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        api = Api.of(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static List<String> ids(Api user, String things, int limit) {
        List<String> ids = new ArrayList<>();
        String before = "";
        do {
            Answer page = user.get("/api/identity/me/" + things + "?limit=" + limit + before);
            page.json().get(things).forEach(each -> ids.add(each.get("id").asText()));
            before = page.json().get("next_before").isNull() ? "" : "&before=" + page.text("next_before");
        } while (!before.isEmpty());
        return ids;
    }

    @Test
    void ones_own_jobs_and_sessions_come_in_pages_the_newest_first_and_nobody_elses() {
        Api user = api.as(new User().logIn(api));
        Api other = api.as(new User().logIn(api));
        List<String> jobs = new ArrayList<>();
        List<String> sessions = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            jobs.add(user.post("/api/jobs", "{\"request\":{}}").text("id"));
            sessions.add(user.post("/api/sessions").text("id"));
            server.clock().advance(java.time.Duration.ofMillis(2));
            other.post("/api/jobs", "{\"request\":{}}");
            api.post("/api/jobs", "{\"request\":{}}");
        }
        Collections.reverse(jobs);
        Collections.reverse(sessions);

        for (int limit : new int[] {1, 3, 7, 100}) {
            assertThat(ids(user, "jobs", limit)).isEqualTo(jobs);
            assertThat(ids(user, "sessions", limit)).isEqualTo(sessions);
        }
        assertThat(ids(other, "sessions", 100)).isEmpty();
    }

    @Test
    void nobody_in_particular_has_none() {
        assertThat(api.get("/api/identity/me/jobs").code()).isEqualTo("token_required");
        String token = new User().logIn(api);
        api.as(token).post("/api/identity/logout");
        assertThat(api.as(token).get("/api/identity/me/sessions").code()).isEqualTo("token_revoked");
    }
}
