package dev.nostrtrust.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdentityStore;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.e2e.Answer;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.fixture.TestCallers;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.http.ChangeStreams;
import dev.nostrtrust.http.LongPoll;
import dev.nostrtrust.session.SessionRoutes;
import dev.nostrtrust.session.SessionService;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The routes of jobs over HTTP, with the routes of sessions and without the rest of a server. */
@ExtendWith(VertxExtension.class)
class JobRoutesTest {
    private static final String ORDER = "{\"request\":{\"prompt\":\"hello\"}}";
    private static final TestClock CLOCK = new TestClock();

    private static MigratedDatabase database;
    private static TestCallers callers;
    private static Api api;
    private static Api worker;

    @BeforeAll
    static void start(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        callers = TestCallers.open(vertx, database, CLOCK);
        Settings settings = SettingsReader.of(Map.of()).settings();
        TrustModel model = new TrustModel(TrustPolicy.defaults());
        Bus bus = new Bus(vertx);
        ChangeWaiters waiters = new ChangeWaiters(vertx, 10, 0);
        IdentityStore identities = callers.identities();
        JobService jobs = new JobService(database.database(), model, settings, CLOCK, bus);
        LeaseService leases = new LeaseService(database.database(), jobs, settings, CLOCK, bus, () -> 1);
        SessionService sessions = new SessionService(database.database(), identities, model, settings, CLOCK, bus);
        RouteServer server = RouteServer.start(
                vertx,
                Map.of(),
                new SessionRoutes(callers.authenticator(), identities::requireLive, sessions, new LongPoll(waiters)),
                new JobRoutes(
                        callers.authenticator(),
                        identities::requireLive,
                        jobs,
                        new LongPoll(waiters),
                        new ChangeStreams(waiters),
                        Duration.ofSeconds(15),
                        CLOCK),
                new WorkerRoutes(callers.authenticator(), leases, new LongPoll(waiters), settings));
        api = Api.at(server.port());
        worker = as(callers.named(Scope.WORKER, "worker"));
    }

    private static Api as(Caller caller) {
        return api.as(callers.token(caller));
    }

    private static Api user() {
        return as(callers.user());
    }

    /** The path of a new job. */
    private static String order(Api as) {
        Answer answer = as.post("/api/jobs", ORDER);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(201);
        assertThat(answer.header("Location")).contains("/api/jobs/" + answer.text("id"));
        return "/api/jobs/" + answer.text("id");
    }

    private static String id(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static String claimed(Api as) {
        String job = order(as);
        assertThat(worker.post(job + "/claim").json().get("fence").asLong()).isEqualTo(1);
        return job;
    }

    private static String openSession(Api as) {
        return "/api/sessions/" + as.post("/api/sessions", "{}").text("id");
    }

    private static List<String> violations(Answer answer) {
        assertThat(answer.status() + answer.code()).isEqualTo("400invalid_request");
        List<String> fields = new ArrayList<>();
        for (JsonNode violation : answer.json().get("violations")) {
            fields.add(violation.get("field").asText());
        }
        return fields;
    }

    @Test
    void a_job_runs_from_its_order_to_its_result() {
        String job = order(api);
        Answer queued = api.get(job);
        Answer claim = worker.post(job + "/claim");
        Answer done = worker.post(job + "/complete", "{\"fence\":1,\"sats_cost\":100,\"result\":{\"text\":\"hi\"}}");

        assertThat(queued.text("state")).isEqualTo("queued");
        assertThat(queued.text("trust_tier")).isEqualTo("anonymous");
        assertThat(queued.json().has("fence")).isFalse();
        assertThat(claim.text("state")).isEqualTo("running");
        assertThat(claim.json().get("attempts").asInt()).isEqualTo(1);
        assertThat(done.text("state")).isEqualTo("succeeded");
        assertThat(done.json().at("/result/text").asText()).isEqualTo("hi");
        assertThat(api.get(job).json()).isEqualTo(done.json());
    }

    @Test
    void a_session_takes_the_requests_of_its_owner_only() {
        Caller owner = callers.user();
        Api own = as(owner);
        String session = openSession(own);

        Answer request = own.post(session + "/requests", ORDER);

        assertThat(request.status()).isEqualTo(201);
        assertThat(request.text("session_id")).isEqualTo(id(session));
        assertThat(request.text("nostr_pubkey")).isEqualTo(owner.subject());
        assertThat(api.post(session + "/requests", ORDER).code()).isEqualTo("token_required");
        assertThat(user().post(session + "/requests", ORDER).code()).isEqualTo("not_owner");
        assertThat(api.get(session).json().get("request_count").asLong()).isEqualTo(1);
    }

    @Test
    void an_anonymous_session_takes_anonymous_requests_only() {
        String session = openSession(api);

        assertThat(api.post(session + "/requests", ORDER).text("trust_tier")).isEqualTo("anonymous");
        assertThat(user().post(session + "/requests", ORDER).code()).isEqualTo("not_owner");
    }

    @Test
    void a_session_that_is_closed_expired_or_unknown_takes_no_requests() {
        Api own = user();
        String closed = openSession(own);
        String expired = openSession(own);
        own.post(closed + "/close");
        database.sql("UPDATE sessions SET expires_at = now() - interval '1 hour' WHERE id = '" + id(expired) + "'");

        assertThat(own.post(closed + "/requests", ORDER).code()).isEqualTo("session_not_open");
        assertThat(own.post(expired + "/requests", ORDER).code()).isEqualTo("session_not_open");
        for (String id : List.of("x", "00000000-0000-7000-8000-000000000000")) {
            assertThat(own.post("/api/sessions/" + id + "/requests", ORDER).code())
                    .isEqualTo("session_not_found");
        }
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
    void a_failure_is_a_fact_only_if_the_identity_is_responsible(String reason, long facts) {
        String job = claimed(user());
        String report = "{\"fence\":1,\"reason\":\"" + reason + "\",\"sats\":5}";

        Answer failed = worker.post(job + "/fail", report);

        assertThat(failed.text("state")).isEqualTo("failed");
        assertThat(failed.text("reason")).isEqualTo(reason);
        assertThat(worker.post(job + "/fail", report).json()).isEqualTo(failed.json());
        assertThat(database.sql("SELECT count(*) FROM trust_ledger WHERE source_id = '" + id(job) + "'"))
                .isEqualTo(facts);
    }

    @Test
    void all_invalid_fields_of_a_report_are_listed_and_the_job_runs_on() {
        String job = claimed(api);

        assertThat(violations(worker.post(job + "/complete", "{\"sats_cost\":-1,\"sats_absorbed\":\"x\",\"y\":1}")))
                .containsExactlyInAnyOrder("fence", "sats_cost", "sats_absorbed", "y");
        assertThat(violations(worker.post(job + "/fail", "{\"fence\":0,\"reason\":\"tired\",\"sats\":1.5}")))
                .containsExactlyInAnyOrder("fence", "reason", "sats");
        assertThat(violations(worker.post(job + "/complete", "{\"fence\":1,\"sats\":2,\"sats_cost\":2}")))
                .containsExactly("sats");
        assertThat(worker.post(job + "/fail", "{\"fence\":1,\"reason\":\"tired\"}")
                        .json()
                        .at("/violations/0/message")
                        .asText())
                .contains("unpaid, expired, abuse, policy_rejected, cancelled_late, payment_reversed, worker_error")
                .endsWith("platform_error.");

        assertThat(api.get(job).text("state")).isEqualTo("running");
    }

    @Test
    void both_reports_take_their_amount_under_either_name() {
        String done = claimed(api);
        String unpaid = claimed(user());

        Answer succeeded = worker.post(done + "/complete", "{\"fence\":1,\"sats\":7}");
        Answer failed = worker.post(unpaid + "/fail", "{\"fence\":1,\"reason\":\"unpaid\",\"sats_cost\":8}");

        assertThat(succeeded.json().get("sats_cost").asLong()).isEqualTo(7);
        assertThat(failed.json().get("sats_lost").asLong()).isEqualTo(8);
        assertThat(worker.post(done + "/complete", "{\"fence\":1,\"sats_cost\":7}")
                        .json())
                .isEqualTo(succeeded.json());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1s", "0s", "8785h"})
    void a_deadline_is_in_the_future_and_at_most_a_year_ahead(String offset) {
        Duration ahead = Duration.parse("PT" + offset);
        String deadline = CLOCK.instant().plus(ahead).toString();

        Answer answer = api.post("/api/jobs", "{\"request\":{},\"deadline\":\"" + deadline + "\"}");

        assertThat(violations(answer)).containsExactly("deadline");
    }

    @Test
    void workers_claim_and_report_and_no_other_scope_does() {
        String job = order(api);
        for (Api as : List.of(user(), as(callers.named(Scope.OPERATOR, "operator")))) {
            for (String action : List.of("/claim", "/complete", "/fail")) {
                assertThat(as.post(job + action).code()).isEqualTo("insufficient_scope");
            }
        }
        assertThat(api.post(job + "/claim").code()).isEqualTo("token_required");
        assertThat(worker.post("/api/jobs", ORDER).code()).isEqualTo("insufficient_scope");
        assertThat(api.get(job).text("state")).isEqualTo("queued");
    }

    @Test
    void a_refused_claim_and_a_refused_report_name_the_state() {
        String job = claimed(api);

        Answer claim = worker.post(job + "/claim");
        Answer stale = worker.post(job + "/complete", "{\"fence\":2,\"sats_cost\":1}");
        Answer foreign =
                as(callers.named(Scope.WORKER, "other")).post(job + "/fail", "{\"fence\":1,\"reason\":\"abuse\"}");
        worker.post(job + "/complete", "{\"fence\":1,\"sats_cost\":1}");
        Answer late = worker.post(job + "/complete", "{\"fence\":1,\"sats_cost\":2}");

        assertThat(claim.status() + claim.code() + claim.text("state")).isEqualTo("409job_not_queuedrunning");
        assertThat(stale.status() + stale.code() + stale.text("state")).isEqualTo("409stale_fencerunning");
        assertThat(foreign.status() + foreign.code()).isEqualTo("403not_owner");
        assertThat(late.status() + late.code() + late.text("state")).isEqualTo("409already_reportedsucceeded");
    }

    @Test
    void an_owner_cancels_its_own_job_only() {
        Api own = user();
        String queued = order(own);
        String running = claimed(own);
        String anonymous = order(api);

        assertThat(own.post(queued + "/cancel").text("state")).isEqualTo("cancelled");
        assertThat(own.post(running + "/cancel").text("reason")).isEqualTo("cancelled_late");
        assertThat(own.post(anonymous + "/cancel").code()).isEqualTo("not_owner");
        assertThat(api.post(anonymous + "/cancel").code()).isEqualTo("token_required");
        assertThat(own.post("/api/jobs/x/cancel").code()).isEqualTo("job_not_found");
        assertThat(worker.post(running + "/complete", "{\"fence\":1,\"sats_cost\":1}")
                        .code())
                .isEqualTo("job_already_finished");
    }

    @Test
    void the_list_for_workers_has_the_queued_jobs_page_by_page() {
        String first = order(api);
        String second = order(api);
        order(api);

        JsonNode page =
                worker.get("/api/jobs?state=queued&limit=1&after=" + id(first)).json();

        assertThat(page.get("jobs")).hasSize(1);
        assertThat(page.at("/jobs/0/id").asText()).isEqualTo(id(second));
        assertThat(page.get("next_after").asText()).isEqualTo(id(second));
        assertThat(api.get("/api/jobs?state=queued").code()).isEqualTo("token_required");
        assertThat(user().get("/api/jobs").code()).isEqualTo("insufficient_scope");
        assertThat(violations(worker.get("/api/jobs?state=succeeded&limit=0&after=x&y=1")))
                .hasSize(4);
    }

    @Test
    void workers_and_operators_see_who_works_and_operators_see_finished_jobs() {
        String running = claimed(api);
        String done = claimed(api);
        worker.post(done + "/complete", "{\"fence\":1,\"sats_cost\":1}");
        Api operator = as(callers.named(Scope.OPERATOR, "operator"));

        JsonNode listed = find(worker.get("/api/jobs?state=running"), running);
        JsonNode finished = find(operator.get("/api/jobs?state=succeeded"), done);

        assertThat(listed.get("worker").asText()).isEqualTo("worker");
        assertThat(listed.get("attempts").asInt()).isEqualTo(1);
        assertThat(listed.get("lease_until").asText()).isNotEmpty();
        assertThat(finished.get("worker").asText()).isEqualTo("worker");
        assertThat(violations(worker.get("/api/jobs?state=succeeded"))).containsExactly("query.state");
    }

    private static JsonNode find(Answer list, String job) {
        for (JsonNode listed : list.json().get("jobs")) {
            if (listed.get("id").asText().equals(id(job))) {
                return listed;
            }
        }
        throw new AssertionError(job + " is not in " + list);
    }

    @Test
    void a_user_lists_its_own_jobs_newest_first_while_it_is_not_blocked() {
        Caller user = callers.user();
        Api own = as(user);
        List<String> jobs = List.of(id(order(own)), id(order(own)), id(order(own)));
        order(user());

        JsonNode first = own.get("/api/identity/me/jobs?limit=2").json();
        JsonNode rest = own.get("/api/identity/me/jobs?limit=2&before="
                        + first.get("next_before").asText())
                .json();

        assertThat(first.get("jobs").findValuesAsText("id")).containsExactly(jobs.get(2), jobs.get(1));
        assertThat(rest.get("jobs").findValuesAsText("id")).containsExactly(jobs.get(0));
        assertThat(rest.get("next_before").isNull()).isTrue();
        callers.block(user);
        assertThat(own.get("/api/identity/me/jobs").code()).isEqualTo("identity_blocked");
    }

    @Test
    void a_poll_with_the_current_tag_gets_no_body() {
        String job = order(api);
        String tag = api.get(job).header("ETag").orElseThrow();

        assertThat(api.with("If-None-Match", tag).get(job).status()).isEqualTo(304);
        assertThat(api.with("If-None-Match", "\"x\", W/" + tag).get(job).status())
                .isEqualTo(304);
        worker.post(job + "/claim");
        assertThat(api.with("If-None-Match", tag).get(job).status()).isEqualTo(200);
    }

    @Test
    void a_poll_of_several_jobs_gets_the_changed_and_the_missing_ones() {
        String queued = order(api);
        String running = claimed(api);
        String missing = "00000000-0000-7000-8000-000000000000";

        Answer answer = api.post(
                "/api/jobs/changes",
                "{\"jobs\":{\"" + id(queued) + "\":\"queued\",\"" + id(running) + "\":\"queued\",\"" + missing
                        + "\":null}}");

        assertThat(answer.json().get("jobs").findValuesAsText("id")).containsExactly(id(running));
        assertThat(answer.json().at("/missing/0").asText()).isEqualTo(missing);
        assertThat(violations(api.post("/api/jobs/changes", "{\"jobs\":{}}"))).containsExactly("jobs");
        assertThat(violations(api.post("/api/jobs/changes", "{\"jobs\":{\"" + missing + "\":\"asleep\"}}")))
                .containsExactly("jobs");
    }
}
