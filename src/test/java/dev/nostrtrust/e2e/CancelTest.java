package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CancelTest {
    private static TestServer server;
    private static Api api;
    private static Api worker;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        api = Api.of(server);
        worker = api.as(server.token(Scope.WORKER));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String order(Api as) {
        return "/api/jobs/" + as.post("/api/jobs", "{\"request\":{}}").text("id");
    }

    private static long facts(String job) {
        return server.count("SELECT count(*) FROM trust_ledger WHERE source_id = '"
                + job.substring(job.lastIndexOf('/') + 1) + "'");
    }

    @Test
    void an_owner_cancels_a_queued_job_for_nothing() {
        Api own = api.as(new User().logIn(api));
        String job = order(own);

        Answer cancelled = own.post(job + "/cancel");
        Answer again = own.post(job + "/cancel");

        assertThat(cancelled.text("state")).isEqualTo("cancelled");
        assertThat(cancelled.json().get("reason").isNull()).isTrue();
        assertThat(again.json()).isEqualTo(cancelled.json());
        assertThat(facts(job)).isZero();
        assertThat(worker.post(job + "/claim").code()).isEqualTo("job_not_queued");
    }

    @Test
    void to_cancel_a_running_job_counts_as_late() {
        Api own = api.as(new User().logIn(api));
        String job = order(own);
        worker.post(job + "/claim");

        Answer cancelled = own.post(job + "/cancel");

        assertThat(cancelled.text("reason")).isEqualTo("cancelled_late");
        assertThat(facts(job)).isEqualTo(1);
        assertThat(worker.post(job + "/complete", "{\"fence\":1,\"sats_cost\":1}")
                        .code())
                .isEqualTo("job_already_finished");
        Waiting.until(() -> own.get("/api/trust/me").text("trust_tier").equals("anonymous"));
    }

    @Test
    void a_worker_cancels_without_a_fact() {
        String job = order(api.as(new User().logIn(api)));
        worker.post(job + "/claim");

        assertThat(worker.post(job + "/cancel").text("state")).isEqualTo("cancelled");
        assertThat(facts(job)).isZero();
    }

    @Test
    void nobody_cancels_what_is_not_theirs_or_has_ended() {
        Api own = api.as(new User().logIn(api));
        String anonymous = order(api);
        String job = order(own);
        worker.post(job + "/claim");
        worker.post(job + "/complete", "{\"fence\":1,\"sats_cost\":1}");

        assertThat(own.post(anonymous + "/cancel").code()).isEqualTo("not_owner");
        assertThat(api.post(anonymous + "/cancel").code()).isEqualTo("token_required");
        assertThat(own.post(job + "/cancel").code()).isEqualTo("job_already_finished");
        assertThat(own.post("/api/jobs/x/cancel").code()).isEqualTo("job_not_found");
    }

    @Test
    void a_job_whose_deadline_has_passed_is_no_longer_cancelled() {
        try (TestServer slow = TestServer.start(Map.of("SWEEP_INTERVAL", "1h"))) {
            Api there = Api.of(slow);
            Api own = there.as(new User().logIn(there));
            String deadline = slow.clock().instant().plusSeconds(30).toString();
            String job = "/api/jobs/"
                    + own.post("/api/jobs", "{\"request\":{},\"deadline\":\"" + deadline + "\"}")
                            .text("id");
            slow.clock().advance(Duration.ofSeconds(31));

            assertThat(there.get(job).text("state")).isEqualTo("expired");
            assertThat(own.post(job + "/cancel").code()).isEqualTo("job_already_finished");
            assertThat(there.as(slow.token(Scope.WORKER)).post(job + "/cancel").code())
                    .isEqualTo("job_already_finished");
        }
    }
}
