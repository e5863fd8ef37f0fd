package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobTest {
    private static TestServer server;
    private static Api api;
    private static Api worker;
    private static Work work;

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of("SWEEP_INTERVAL", "50ms"));
        api = Api.of(server);
        work = new Work(server);
        worker = work.worker();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void an_anonymous_job_goes_its_way_without_leaving_a_fact() {
        String job = work.order(api);
        Answer queued = api.get("/api/jobs/" + job);
        Answer done = work.complete(job, work.claim(job), 100);

        assertThat(queued.text("state")).isEqualTo("queued");
        assertThat(queued.json().get("nostr_pubkey").isNull()).isTrue();
        assertThat(queued.text("trust_tier")).isEqualTo("anonymous");
        assertThat(done.status()).isEqualTo(200);
        assertThat(done.text("state")).isEqualTo("succeeded");
        assertThat(done.json().get("result").get("text").asText()).isEqualTo("hi");
        assertThat(work.facts(job)).isZero();
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
    void a_job_of_a_blocked_identity_is_not_handed_out_but_one_that_runs_is_finished() {
        User user = new User();
        Api own = api.as(user.logIn(api));
        String waiting = work.order(own);
        String running = work.order(own);
        long fence = work.claim(running);
        Api operator = api.as(server.token(Scope.OPERATOR));
        operator.post("/api/trust/" + user.pubkey() + "/block", "{}");

        Answer refused = worker.post("/api/jobs/" + waiting + "/claim");
        Answer kept = worker.post("/api/jobs/" + running + "/claim", "{\"fence\":" + fence + "}");
        Answer reported = work.fail(running, fence, "unpaid", 800);

        assertThat(refused.status() + refused.code()).isEqualTo("403identity_blocked");
        assertThat(worker.get("/api/jobs").toString()).doesNotContain(waiting);
        assertThat(operator.get("/api/jobs").toString()).contains(waiting);
        assertThat(kept.status()).isEqualTo(200);
        assertThat(reported.text("state")).isEqualTo("failed");
        assertThat(work.facts(running)).isEqualTo(1);
        operator.post("/api/trust/" + user.pubkey() + "/block", "{\"blocked\":false}");
        assertThat(worker.get("/api/jobs").toString()).contains(waiting);
        assertThat(work.claim(waiting)).isEqualTo(1);
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
    void of_64_parallel_completions_all_get_the_answer_and_one_fact_is_written() {
        String job = work.order(api.as(new User().logIn(api)));
        long fence = work.claim(job);
        String report = "{\"fence\":" + fence + ",\"sats_cost\":2100,\"sats_absorbed\":7}";

        Map<Integer, Long> answers = worker.postAtOnce(64, "/api/jobs/" + job + "/complete", () -> report).stream()
                .collect(Collectors.groupingBy(Answer::status, Collectors.counting()));

        assertThat(answers).isEqualTo(Map.of(200, 64L));
        assertThat(work.facts(job)).isEqualTo(1);
    }

    @Test
    void another_report_on_a_finished_job_is_refused() {
        String job = work.order(api.as(new User().logIn(api)));
        long fence = work.claim(job);
        work.complete(job, fence, 100);

        assertThat(work.complete(job, fence, 100).status()).isEqualTo(200);
        assertThat(work.complete(job, fence, 101).code()).isEqualTo("already_reported");
        assertThat(worker.post("/api/jobs/" + job + "/fail", "{\"fence\":" + fence + ",\"reason\":\"unpaid\"}")
                        .code())
                .isEqualTo("already_reported");
        assertThat(work.facts(job)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "unpaid,1",
        "expired,1",
        "abuse,1",
        "policy_rejected,1",
        "cancelled_late,1",
        "payment_reversed,1",
        "worker_error,0",
        "platform_error,0"
    })
    void a_failure_is_a_fact_only_where_it_is_the_users_doing(String reason, long facts) {
        String job = work.order(api.as(new User().logIn(api)));
        String report = "{\"fence\":" + work.claim(job) + ",\"reason\":\"" + reason + "\",\"sats\":5}";

        Answer failed = worker.post("/api/jobs/" + job + "/fail", report);
        Answer again = worker.post("/api/jobs/" + job + "/fail", report);

        assertThat(failed.text("state")).isEqualTo("failed");
        assertThat(failed.text("reason")).isEqualTo(reason);
        assertThat(again.status()).isEqualTo(200);
        assertThat(work.facts(job)).isEqualTo(facts);
    }

    @Test
    void the_workers_list_holds_what_is_queued_page_by_page() {
        String first = work.order(api);
        String second = work.order(api);

        JsonNode page =
                worker.get("/api/jobs?state=queued&limit=1&after=" + first).json();

        assertThat(page.get("jobs")).hasSize(1);
        assertThat(page.get("jobs").get(0).get("id").asText()).isEqualTo(second);
        assertThat(page.get("next_after").asText()).isEqualTo(second);
        assertThat(api.get("/api/jobs?state=queued").code()).isEqualTo("token_required");
        assertThat(api.as(new User().logIn(api)).get("/api/jobs").code()).isEqualTo("insufficient_scope");
        assertThat(worker.get("/api/jobs?state=succeeded&limit=0&after=x&y=1")
                        .json()
                        .get("violations"))
                .hasSize(4);
    }

    @Test
    void a_poll_that_knows_the_state_already_gets_no_body() {
        String job = work.order(api);
        Answer first = api.get("/api/jobs/" + job);
        String tag = first.header("ETag").orElseThrow();

        assertThat(api.with("If-None-Match", tag).get("/api/jobs/" + job).status())
                .isEqualTo(304);
        assertThat(api.with("If-None-Match", "\"x\", W/" + tag)
                        .get("/api/jobs/" + job)
                        .status())
                .isEqualTo(304);
        work.claim(job);
        assertThat(api.with("If-None-Match", tag).get("/api/jobs/" + job).status())
                .isEqualTo(200);
    }
}
