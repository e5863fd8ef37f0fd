package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Credentials of orders, and the sweeps of a running server. */
class JobTest {
    private static TestServer server;
    private static Api api;
    private static Api worker;
    private static Work work;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of("SWEEP_INTERVAL", "50ms", "JOB_QUEUE_TTL", "1h", "SESSION_TTL", "1h"));
        api = Api.of(server);
        work = new Work(server);
        worker = work.worker();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void a_job_is_bound_to_the_identity_of_a_token_in_header_or_body() {
        User user = new User();
        String token = user.logIn(api);

        Answer byHeader = api.as(token).post("/api/jobs", Work.ORDER);
        Answer byBody = api.post("/api/jobs", Work.ORDER.replace("}}", "},\"nostr_token\":\"" + token + "\"}"));
        Answer byBoth =
                api.as(token).post("/api/jobs", Work.ORDER.replace("}}", "},\"nostr_token\":\"" + token + "\"}"));

        String otherLogin = user.logIn(api);
        Answer twoLogins =
                api.as(token).post("/api/jobs", Work.ORDER.replace("}}", "},\"nostr_token\":\"" + otherLogin + "\"}"));
        assertThat(twoLogins.code()).isEqualTo("conflicting_credentials");
        for (Answer answer : List.of(byHeader, byBody, byBoth)) {
            assertThat(answer.text("nostr_pubkey")).isEqualTo(user.pubkey());
            assertThat(answer.text("trust_tier")).isEqualTo("new");
        }
    }

    @Test
    void tokens_of_two_keys_conflict_and_a_bad_one_never_makes_an_anonymous_job() {
        String token = new User().logIn(api);
        String other = new User().logIn(api);
        long before = server.count("SELECT count(*) FROM jobs");

        Answer conflict =
                api.as(token).post("/api/jobs", Work.ORDER.replace("}}", "},\"nostr_token\":\"" + other + "\"}"));
        Answer bad = api.post("/api/jobs", Work.ORDER.replace("}}", "},\"nostr_token\":\"x.y.z\"}"));
        Answer badHeader = api.as("x").post("/api/jobs", Work.ORDER);
        Answer scheme = api.with("Authorization", "Basic eDp5").post("/api/jobs", Work.ORDER);
        Answer workers = worker.post("/api/jobs", Work.ORDER);

        assertThat(conflict.code()).isEqualTo("conflicting_credentials");
        assertThat(List.of(bad, badHeader, scheme)).allSatisfy(answer -> assertThat(answer.status() + answer.code())
                .isEqualTo("401invalid_token"));
        assertThat(workers.code()).isEqualTo("insufficient_scope");
        assertThat(server.count("SELECT count(*) FROM jobs")).isEqualTo(before);
    }

    @Test
    void a_server_ends_leases_jobs_and_sessions_that_are_due() {
        String leased = work.order(api);
        String queued = work.order(api);
        String session = api.post("/api/sessions", "{}").text("id");
        work.claim(leased);

        server.clock().advance(Duration.ofSeconds(61));
        Waiting.until(() -> stored("jobs", leased, "queued"));
        server.clock().advance(Duration.ofHours(1));
        Waiting.until(() -> stored("jobs", queued, "expired") && stored("sessions", session, "expired"));
    }

    /** Whether a row has this state, whatever the clock says. */
    private static boolean stored(String table, String id, String state) {
        return server.count("SELECT count(*) FROM " + table + " WHERE id = '" + id + "' AND state = '" + state + "'")
                == 1;
    }
}
