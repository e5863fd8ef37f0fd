package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.fixture.TestDatabases;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that arrive together share a statement and its transaction, and nothing else. */
class JobBatchTest {
    private static final int MANY = 20;
    private static final ExecutorService THREADS = Executors.newCachedThreadPool();

    private static TestServer server;
    private static Api api;
    private static Work work;

    private String queue = "";

    @BeforeAll
    static void start() {
        server = TestServer.start(Map.of(
                "DATABASE_PIPELINING", "1", "DATABASE_LOCK_TIMEOUT", "30s", "DATABASE_STATEMENT_TIMEOUT", "30s"));
        api = Api.of(server);
        work = new Work(server);
    }

    @AfterAll
    static void stop() {
        THREADS.shutdownNow();
        server.close();
    }

    @BeforeEach
    void newQueue() {
        queue = UUID.randomUUID().toString();
    }

    private Answer order(Api as) {
        return as.post("/api/jobs", "{\"request\":{},\"queue\":\"" + queue + "\"}");
    }

    private Answer claim(int max) {
        return claim(max, queue);
    }

    private static Answer claim(int max, String... queues) {
        return work.worker()
                .post("/api/jobs/claim", "{\"queues\":[\"" + String.join("\",\"", queues) + "\"],\"max\":" + max + "}");
    }

    private List<JsonNode> claimed(int max) {
        List<JsonNode> jobs = new ArrayList<>();
        claim(max).json().get("jobs").forEach(jobs::add);
        return jobs;
    }

    private static Answer send(JsonNode job, String action, String more) {
        return work.worker()
                .post(
                        "/api/jobs/" + job.get("id").asText() + "/" + action,
                        "{\"fence\":" + job.get("fence") + more + "}");
    }

    /**
     * Sends requests while no job can be changed: the first one waits for the database, and the others for the first.
     */
    private static List<Answer> together(List<Supplier<Answer>> requests) throws Exception {
        return together("EXCLUSIVE", requests);
    }

    private static List<Answer> together(String lockMode, List<Supplier<Answer>> requests) throws Exception {
        List<Future<Answer>> answers = new ArrayList<>();
        try (Connection lock = TestDatabases.connect(server.database());
                Statement statement = lock.createStatement()) {
            lock.setAutoCommit(false);
            statement.execute("LOCK TABLE jobs IN " + lockMode + " MODE");
            requests.forEach(request -> answers.add(THREADS.submit(request::get)));
            Waiting.until(() -> server.inFlight() == requests.size());
            lock.rollback();
        }
        List<Answer> all = new ArrayList<>();
        for (Future<Answer> answer : answers) {
            all.add(answer.get(1, TimeUnit.MINUTES));
        }
        return all;
    }

    /** The number of transactions that have written the jobs of the queue. */
    private long transactions() {
        return server.count("SELECT count(DISTINCT xmin::text) FROM jobs WHERE queue = '" + queue + "'");
    }

    private static void assertAll(int status, List<Answer> answers) {
        assertThat(answers)
                .allSatisfy(answer ->
                        assertThat(answer.status()).as(answer.toString()).isEqualTo(status));
    }

    @Test
    void jobs_that_are_created_together_share_a_transaction() throws Exception {
        Api user = api.as(new User().logIn(api));

        List<Answer> answers = together(Collections.nCopies(MANY, () -> order(user)));

        assertAll(201, answers);
        assertThat(answers.stream().map(answer -> answer.text("id"))).doesNotHaveDuplicates();
        assertThat(answers).allSatisfy(answer -> assertThat(
                        api.get("/api/jobs/" + answer.text("id")).json())
                .isEqualTo(answer.json()));
        // The first one has a transaction of its own.
        assertThat(transactions()).isEqualTo(2);
    }

    @Test
    void a_refused_creation_fails_no_other_one() throws Exception {
        Api user = api.as(new User().logIn(api));
        Api gone = api.as(new User().logIn(api));
        gone.post("/api/identity/logout");
        User blockedUser = new User();
        Api blocked = api.as(blockedUser.logIn(api));
        api.as(server.token(Scope.OPERATOR)).post("/api/trust/" + blockedUser.pubkey() + "/block", "{}");

        List<Answer> answers = together(List.of(
                () -> order(user), () -> order(gone), () -> order(blocked), () -> order(api), () -> order(blocked)));

        assertThat(answers.stream().map(answer -> answer.status() == 201 ? "created" : answer.code()))
                .containsExactly("created", "token_revoked", "identity_blocked", "created", "identity_blocked");
        assertThat(server.count("SELECT count(*) FROM jobs WHERE queue = '" + queue + "'"))
                .isEqualTo(2);
        assertThat(server.count("SELECT sum(count) FROM refusal_counts WHERE pubkey = '" + blockedUser.pubkey() + "'"))
                .isEqualTo(2);
    }

    @Test
    void claims_that_arrive_together_share_a_transaction_and_no_job() throws Exception {
        for (int i = 0; i < MANY; i++) {
            order(api);
        }

        List<Answer> answers = together(List.of(() -> claim(1), () -> claim(3), () -> claim(3), () -> claim(13)));

        assertAll(200, answers);
        List<String> ids = new ArrayList<>();
        answers.forEach(answer ->
                answer.json().get("jobs").forEach(job -> ids.add(job.get("id").asText())));
        assertThat(ids).hasSize(MANY).doesNotHaveDuplicates();
        assertThat(answers.stream().mapToInt(answer -> answer.json().get("jobs").size()))
                .containsExactly(1, 3, 3, 13);
        assertThat(transactions()).isEqualTo(2);
    }

    @Test
    void claims_on_different_queues_share_a_transaction_and_overlapping_ones_get_no_job_twice() throws Exception {
        String other = UUID.randomUUID().toString();
        for (int i = 0; i < 3; i++) {
            order(api);
            api.post("/api/jobs", "{\"request\":{},\"queue\":\"" + other + "\"}");
        }

        List<Answer> answers = together(List.of(
                () -> claim(1, queue), () -> claim(1, queue), () -> claim(1, other), () -> claim(2, queue, other)));

        assertAll(200, answers);
        assertThat(answers.stream().flatMap(answer -> answer.json().get("jobs").findValuesAsText("id").stream()))
                .doesNotHaveDuplicates()
                .hasSizeBetween(3, 5);
        assertThat(answers.get(0).json().get("jobs").findValuesAsText("queue")).containsExactly(queue);
        assertThat(answers.get(2).json().get("jobs").findValuesAsText("queue")).containsExactly(other);
        assertThat(server.count("SELECT count(DISTINCT xmin::text) FROM jobs WHERE state = 'running' AND queue IN ('"
                        + queue + "', '" + other + "')"))
                .isLessThanOrEqualTo(3);
    }

    @Test
    void a_job_that_comes_back_to_a_busy_queue_is_claimed_again() {
        for (int i = 0; i < 4; i++) {
            order(api);
        }
        JsonNode first = claimed(1).get(0);
        claimed(1);
        assertThat(send(first, "release", "").status()).isEqualTo(200);

        List<String> rest = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            claimed(1).forEach(job -> rest.add(job.get("id").asText()));
        }

        assertThat(rest)
                .hasSize(3)
                .doesNotHaveDuplicates()
                .contains(first.get("id").asText());
    }

    @Test
    void polls_that_arrive_together_each_get_their_own_job() throws Exception {
        List<Answer> created = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            created.add(order(api));
        }
        List<Supplier<Answer>> polls = new ArrayList<>();
        created.forEach(job -> polls.add(() -> api.get("/api/jobs/" + job.text("id"))));
        polls.add(() -> api.get("/api/jobs/" + created.get(0).text("id")));
        polls.add(() -> api.get("/api/jobs/" + UUID.randomUUID()));

        List<Answer> answers = together("ACCESS EXCLUSIVE", polls);

        assertThat(answers.subList(0, MANY).stream().map(Answer::json))
                .isEqualTo(created.stream().map(Answer::json).toList());
        assertThat(answers.get(MANY).json()).isEqualTo(created.get(0).json());
        assertThat(answers.get(MANY + 1).code()).isEqualTo("job_not_found");
    }

    @Test
    void reports_that_arrive_together_share_a_transaction_and_each_has_its_own_answer() throws Exception {
        Api user = api.as(new User().logIn(api));
        for (int i = 0; i < MANY; i++) {
            order(user);
        }
        List<JsonNode> jobs = claimed(MANY);
        List<Supplier<Answer>> requests = new ArrayList<>();
        for (JsonNode job : jobs.subList(0, MANY - 3)) {
            requests.add(() -> send(job, "complete", ",\"sats_cost\":5"));
        }
        requests.add(() -> send(jobs.get(MANY - 3), "fail", ",\"reason\":\"unpaid\",\"sats\":7"));
        requests.add(() -> send(jobs.get(MANY - 2), "fail", ",\"reason\":\"worker_error\""));
        requests.add(() -> send(jobs.get(0), "complete", ",\"sats_cost\":5"));
        requests.add(() -> send(jobs.get(0), "complete", ",\"sats_cost\":6"));

        List<Answer> answers = together(requests);

        long refused = answers.stream()
                .filter(answer -> answer.status() == 409)
                .peek(answer -> assertThat(answer.code()).isEqualTo("already_reported"))
                .count();
        assertThat(refused).isIn(1L, 2L);
        assertThat(server.count("SELECT count(*) FROM trust_ledger l JOIN jobs j ON l.source_id = j.id::text"
                        + " WHERE j.queue = '" + queue + "' AND kind = 'success'"))
                .isEqualTo(MANY - 3);
        assertThat(server.count("SELECT count(*) FROM trust_ledger l JOIN jobs j ON l.source_id = j.id::text"
                        + " WHERE j.queue = '" + queue
                        + "' AND l.kind = 'failure' AND l.sats = 7 AND l.reason = 'unpaid'"))
                .isEqualTo(1);
        assertThat(api.get("/api/jobs/" + jobs.get(MANY - 1).get("id").asText()).text("state"))
                .isEqualTo("running");
    }

    @Test
    void heartbeats_that_arrive_together_have_their_own_progress() throws Exception {
        for (int i = 0; i < MANY; i++) {
            order(api);
        }
        List<JsonNode> jobs = claimed(MANY);

        List<Answer> answers = together(IntStream.range(0, MANY)
                .<Supplier<Answer>>mapToObj(i -> () -> send(jobs.get(i), "heartbeat", ",\"progress\":" + i))
                .toList());

        assertAll(200, answers);
        assertThat(answers.stream().map(answer -> answer.json().get("progress").asInt()))
                .containsExactlyElementsOf(IntStream.range(0, MANY).boxed().toList());
        assertThat(transactions()).isEqualTo(2);
    }

    @Test
    void a_job_that_another_transaction_has_locked_delays_no_other_report() throws Exception {
        for (int i = 0; i < 3; i++) {
            order(api);
        }
        List<JsonNode> jobs = claimed(3);
        try (Connection lock = TestDatabases.connect(server.database());
                Statement statement = lock.createStatement()) {
            lock.setAutoCommit(false);
            statement.execute(
                    "SELECT FROM jobs WHERE id = '" + jobs.get(0).get("id").asText() + "' FOR UPDATE");
            Future<Answer> locked = THREADS.submit(() -> send(jobs.get(0), "complete", ",\"sats_cost\":5"));
            Waiting.until(() -> server.count("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0);

            for (JsonNode job : jobs.subList(1, 3)) {
                assertThat(send(job, "complete", ",\"sats_cost\":5").status()).isEqualTo(200);
            }
            lock.rollback();
            assertThat(locked.get(1, TimeUnit.MINUTES).status()).isEqualTo(200);
        }
    }
}
