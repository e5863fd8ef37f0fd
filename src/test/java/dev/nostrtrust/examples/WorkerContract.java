package dev.nostrtrust.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.e2e.Answer;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.examples.DisturbedReports.Fault;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.fixture.Tool;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an example of a worker does in any language, as a process of its own. */
abstract class WorkerContract {
    /** The example takes a quarter of a second for a word, and has two words of its own. */
    private static final String TEN_SECONDS = "word ".repeat(38).trim();

    private static final String MINUTES = "word ".repeat(2000).trim();
    private static final Map<String, String> SHORT_LEASES = Map.of("JOB_LEASE", "4s", "SWEEP_INTERVAL", "20ms");

    private final String interpreter;
    private final Path script;
    private final Pattern work;
    private final String otherWork;
    private final User user = new User();
    private final List<Process> processes = new ArrayList<>();

    @TempDir
    private Path directory;

    private ExampleProgram example;

    /**
     * An example.
     *
     * @param script below src/examples
     * @param work matches the function of the example that does a job
     * @param otherWork the same function for another kind of work. The prompt is the path of a file, which ends the job
     *     when it is there; an amount below 1000 for a failure with the reason abuse; a size of the result; or no
     *     number, for an error
     */
    WorkerContract(String interpreter, String script, Pattern work, String otherWork) {
        this.interpreter = interpreter;
        this.script = Path.of("src/examples").resolve(script).toAbsolutePath();
        this.work = work;
        this.otherWork = otherWork;
    }

    @BeforeEach
    void find_the_example() {
        example = new ExampleProgram(interpreter, script.toString(), directory);
    }

    @AfterEach
    void end_what_was_started() throws Exception {
        for (Process process : processes) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    @Requires(Tool.CURL)
    void the_commands_of_its_readme_work() throws Exception {
        List<String> blocks = Pattern.compile("```\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(script.resolveSibling("README.md")))
                .results()
                .map(found -> found.group(1))
                .toList();
        try (TestServer server = TestServer.start()) {
            ProcessBuilder start = new ProcessBuilder(
                            "bash", "-c", blocks.get(0).replace("eyJ…", worker(server)))
                    .directory(script.getParent().toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("readme").toFile());
            start.environment().put("ENGINE_URL", address(server.port()));
            Process process = start.start();
            processes.add(process);

            String order = blocks.get(1).replace("http://localhost:8080", address(server.port()));
            assertThat(Tool.runs(directory, "bash", "-c", order)).isTrue();
            Waiting.until(() -> server.count("SELECT count(*) FROM jobs WHERE state = 'succeeded'") == 1);

            Stream.concat(process.descendants(), Stream.of(process.toHandle())).forEach(ProcessHandle::destroy);
            process.waitFor();
            assertThat(Files.readString(directory.resolve("readme")))
                    .contains(": succeeded")
                    .hasLineCount(2);
        }
    }

    @Test
    void two_processes_do_twenty_jobs_exactly_once_each() throws Exception {
        try (TestServer server = TestServer.start()) {
            String token = user.logIn(Api.of(server));
            start(server, Map.of());
            start(server, Map.of());
            Waiting.until(() -> server.waiting() == 8);

            List<String> jobs = IntStream.range(0, 20)
                    .mapToObj(i -> order(server, token, "number " + i))
                    .toList();
            Waiting.until(() -> server.count("SELECT count(*) FROM jobs WHERE state = 'succeeded'") == 20);

            for (int i = 0; i < 20; i++) {
                Answer job = show(server, jobs.get(i));
                assertThat(job.json().at("/result/text").asText()).isEqualTo("You wrote: number " + i);
                assertDoneOnce(server, jobs.get(i));
            }
            assertThat(server.count("SELECT count(*) FROM jobs WHERE attempts = 1"))
                    .isEqualTo(20);
            assertThat(server.count("SELECT count(*) FROM trust_ledger")).isEqualTo(20);
        }
    }

    @Test
    @Requires(Tool.CURL)
    void the_user_reads_the_output_in_the_stream_of_the_job() throws Exception {
        try (TestServer server = TestServer.start()) {
            String token = user.logIn(Api.of(server));
            String job = order(server, token, "hello");
            start(server, Map.of());

            // The stream ends with the job.
            String stream = "curl -sN -H 'Accept: text/event-stream' -H 'Authorization: Bearer " + token + "' "
                    + address(server.port()) + "/api/jobs/" + job;
            Tool.Outcome events = Tool.run(directory, Map.of(), List.of("bash", "-c", stream));

            String text = Stream.of(events.output().split("\n\n"))
                    .filter(event -> event.lines().anyMatch("event: output"::equals))
                    .flatMap(String::lines)
                    .filter(line -> line.startsWith("data: "))
                    .map(line -> new JsonObject(line.substring("data: ".length())).getString("text"))
                    .collect(Collectors.joining());
            assertThat(text).isEqualTo("You wrote: hello ");
        }
    }

    @Test
    void a_job_whose_process_is_killed_is_done_by_another_one() throws Exception {
        try (TestServer server = TestServer.start(SHORT_LEASES)) {
            Process one = start(server, Map.of("SERVICE_TOKEN", server.token(Scope.WORKER, "one")));
            Process two = start(server, Map.of("SERVICE_TOKEN", server.token(Scope.WORKER, "two")));
            Waiting.until(() -> server.waiting() == 8);
            String job = order(server, user.logIn(Api.of(server)), TEN_SECONDS);
            waitForProgress(server, job);

            boolean ofOne = isClaimedBy(server, job, "one");
            (ofOne ? one : two).destroyForcibly().waitFor();
            waitFor(server, job, "succeeded");

            assertThat(isClaimedBy(server, job, ofOne ? "two" : "one")).isTrue();
            assertThat(attempts(server, job)).isEqualTo(2);
            assertDoneOnce(server, job);
        }
    }

    @Test
    void after_sigterm_a_running_job_is_reported_and_no_other_one_is_claimed() throws Exception {
        try (TestServer server = TestServer.start(SHORT_LEASES)) {
            changeTheWork();
            Path end = directory.resolve("end");
            Process process = start(server, Map.of("WORKER_JOBS", "2", "WORKER_GRACE", "600"));
            String job = order(server, user.logIn(Api.of(server)), end.toString());
            waitFor(server, job, "running");
            Waiting.until(() -> server.waiting() == 1);

            process.destroy();
            Waiting.until(() -> example.errors().contains("stopping, 1 jobs"));
            String later = order(server, user.logIn(Api.of(server)), "later");
            Instant leaseUntil = leaseUntil(server, job);
            Waiting.until(() -> leaseUntil(server, job).isAfter(leaseUntil.plusSeconds(4)));
            Files.createFile(end);

            assertThat(process.waitFor()).isZero();
            assertDoneOnce(server, job);
            // Heartbeats have kept the claim for longer than the lease.
            assertThat(attempts(server, job)).isEqualTo(1);
            // Not at once, if its claim was answered while the connection was being closed.
            waitFor(server, later, "queued");
            assertThat(example.errors()).contains("worker: " + job + ": succeeded\n");
        }
    }

    @Test
    void after_the_grace_time_a_running_job_is_handed_back() throws Exception {
        try (TestServer server = TestServer.start()) {
            Process process = start(server, Map.of("WORKER_GRACE", "1"));
            String job = order(server, user.logIn(Api.of(server)), MINUTES);
            waitForProgress(server, job);

            process.destroy();

            assertThat(process.waitFor()).isZero();
            assertThat(show(server, job).text("state")).isEqualTo("queued");
            assertThat(attempts(server, job)).isZero();
        }
    }

    @Test
    void a_report_is_repeated_until_it_is_answered_and_counts_once() throws Exception {
        List<Fault> faults = List.of(Fault.UNAVAILABLE, Fault.LOST_REQUEST, Fault.LOST_ANSWER);
        try (TestServer server = TestServer.start();
                DisturbedReports proxy = new DisturbedReports(server.port(), faults)) {
            String job = order(server, user.logIn(Api.of(server)), "hello");

            start(server, Map.of("ENGINE_URL", address(proxy.port())));
            Waiting.until(() -> example.errors().contains(job + ": succeeded"));

            assertThat(example.errors().split("/complete: ", -1)).hasSize(1 + faults.size());
            // The first answer was lost, and the same report again got the same answer.
            assertThat(proxy.statuses()).containsExactly(200, 200);
            assertDoneOnce(server, job);
        }
    }

    @Test
    void output_and_report_outlive_a_restart_of_the_server() throws Exception {
        Map<String, String> fixed = Map.of("HTTP_PORT", Integer.toString(FreePorts.next()));
        DatabaseAddress database = TestDatabases.fresh();
        TestClock clock = new TestClock();
        String job;
        Process process;
        try (TestServer server = TestServer.start(fixed, database, clock)) {
            process = start(server, Map.of("WORKER_JOBS", "1"));
            job = order(server, user.logIn(Api.of(server)), TEN_SECONDS);
            waitForProgress(server, job);
        }
        Waiting.until(() -> example.errors().split("/(output|complete): no answer", -1).length > 2);
        try (TestServer server = TestServer.start(fixed, database, clock)) {
            Waiting.until(() -> example.errors().contains(job + ": succeeded"));
            process.destroy();

            assertThat(process.waitFor()).isZero();
            assertThat(attempts(server, job)).isEqualTo(1);
            assertDoneOnce(server, job);
        }
    }

    @Test
    void a_cancelled_job_ends_its_work_and_not_the_program() throws Exception {
        try (TestServer server = TestServer.start()) {
            Process process = start(server, Map.of("WORKER_JOBS", "1"));
            String token = user.logIn(Api.of(server));
            String cancelled = order(server, token, MINUTES);
            waitForProgress(server, cancelled);
            Api.of(server).as(server.token(Scope.OPERATOR)).post("/api/jobs/" + cancelled + "/cancel");

            String next = order(server, token, "next");
            waitFor(server, next, "succeeded");

            assertThat(process.isAlive()).isTrue();
            assertThat(show(server, cancelled).text("state")).isEqualTo("cancelled");
            assertThat(example.errors()).contains("worker: " + cancelled + ": claim lost\n");
        }
    }

    @Test
    void a_refused_or_missing_token_ends_it_with_one_line_and_exit_code_1() throws Exception {
        try (TestServer server = TestServer.start()) {
            for (String token : List.of("wrong", server.token(Scope.SERVICE), "", "\u001b[0mwrong")) {
                ExampleProgram.Outcome outcome = example.run(settings(server, Map.of("SERVICE_TOKEN", token)));

                assertThat(outcome.status()).isEqualTo(1);
                assertThat(outcome.errors()).contains("token").hasLineCount(1);
            }
        }
    }

    @Test
    void other_refusals_of_a_claim_do_not_end_it() throws Exception {
        try (TestServer server = TestServer.start()) {
            Process process = start(server, Map.of("WORKER_QUEUES", "q".repeat(65)));
            Waiting.until(() -> example.errors().contains("cannot claim: 400 invalid_request"));

            process.destroy();

            assertThat(process.waitFor()).isZero();
        }
    }

    @Test
    void failures_errors_and_results_that_are_too_large_are_reported_as_failures() throws Exception {
        changeTheWork();
        try (TestServer server = TestServer.start()) {
            String token = user.logIn(Api.of(server));
            start(server, Map.of("WORKER_JOBS", "1", "WORKER_QUEUES", "other, default"));

            assertThat(waitFor(server, order(server, token, "20"), "failed").text("reason"))
                    .isEqualTo("abuse");
            assertThat(server.count("SELECT sats FROM trust_ledger")).isEqualTo(20);
            assertThat(waitFor(server, order(server, token, "3000000"), "failed")
                            .text("reason"))
                    .isEqualTo("worker_error");
            assertThat(waitFor(server, order(server, token, "none"), "failed").text("reason"))
                    .isEqualTo("worker_error");
            waitFor(server, order(server, token, "2000"), "succeeded");
        }
    }

    private void changeTheWork() throws IOException {
        String source = Files.readString(script);
        String changed = work.matcher(source).replaceFirst(Matcher.quoteReplacement(otherWork));
        assertThat(changed).isNotEqualTo(source);
        Path copy = Files.writeString(directory.resolve(script.getFileName().toString()), changed);
        example = new ExampleProgram(interpreter, copy.toString(), directory);
    }

    private Process start(TestServer server, Map<String, String> more) throws IOException {
        Process process = example.start(settings(server, more));
        processes.add(process);
        return process;
    }

    private static Map<String, String> settings(TestServer server, Map<String, String> more) {
        Map<String, String> settings =
                new TreeMap<>(Map.of("ENGINE_URL", address(server.port()), "SERVICE_TOKEN", worker(server)));
        settings.putAll(more);
        return settings;
    }

    private static String worker(TestServer server) {
        return server.token(Scope.WORKER);
    }

    private static String address(int port) {
        return "http://127.0.0.1:" + port;
    }

    private static String order(TestServer server, String token, String prompt) {
        Answer answer = Api.of(server).as(token).post("/api/jobs", "{\"request\":{\"prompt\":\"" + prompt + "\"}}");
        assertThat(answer.status()).as(answer.toString()).isEqualTo(201);
        return answer.text("id");
    }

    private static Answer show(TestServer server, String job) {
        return Api.of(server).get("/api/jobs/" + job);
    }

    private static void waitForProgress(TestServer server, String job) {
        Waiting.until(
                () -> server.count("SELECT count(*) FROM jobs WHERE progress IS NOT NULL AND id = '" + job + "'") == 1);
    }

    private static Answer waitFor(TestServer server, String job, String state) {
        Waiting.until(() ->
                server.count("SELECT count(*) FROM jobs WHERE state = '" + state + "' AND id = '" + job + "'") == 1);
        return show(server, job);
    }

    private static boolean isClaimedBy(TestServer server, String job, String worker) {
        return server.count("SELECT count(*) FROM jobs WHERE worker = '" + worker + "' AND id = '" + job + "'") == 1;
    }

    private static Instant leaseUntil(TestServer server, String job) {
        return Instant.ofEpochSecond(
                server.count("SELECT extract(epoch FROM lease_until) FROM jobs WHERE id = '" + job + "'"));
    }

    private static long attempts(TestServer server, String job) {
        return server.count("SELECT attempts FROM jobs WHERE id = '" + job + "'");
    }

    private static void assertDoneOnce(TestServer server, String job) {
        assertThat(show(server, job).text("state")).isEqualTo("succeeded");
        assertThat(server.count("SELECT count(*) FROM trust_ledger WHERE kind = 'success' AND sats = 10"
                        + " AND source = 'job' AND source_id = '" + job + "'"))
                .isOne();
    }
}
