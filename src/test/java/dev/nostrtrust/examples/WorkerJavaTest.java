package dev.nostrtrust.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.e2e.Answer;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.Tool;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of a worker in Java, built as a project of its own and run as its README says. */
@Tag("full")
@Requires(Tool.MAVEN)
class WorkerJavaTest {
    private static final Path PROJECT = Path.of("src/examples/worker-java");
    private static final String ADDRESS = "http://localhost:8080";
    private static final int WORDS = 10;
    private static final long SATS_PER_WORD = 10;
    private static final int ENDED_BY_SIGTERM = 143;

    private final List<Process> processes = new ArrayList<>();
    private TestServer server;
    private Api user;

    @TempDir
    private Path directory;

    @BeforeAll
    static void build() throws Exception {
        MavenReactor.build("worker-java", PROJECT);
    }

    @BeforeEach
    void start() {
        server = TestServer.start(Map.of("JOB_LEASE", "5s"));
        user = Api.of(server).as(new User().logIn(Api.of(server)));
    }

    @AfterEach
    void stop() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
        server.close();
    }

    @Test
    void it_brings_nothing_of_the_server() throws IOException {
        try (Stream<Path> libraries = Files.list(PROJECT.resolve("target/lib"))) {
            assertThat(libraries).allSatisfy(jar -> assertThat(jar.getFileName().toString())
                    .matches("(nostr-trust-client|vertx-core|netty|jackson-core).*"));
        }
    }

    @Test
    @Requires({Tool.MAVEN, Tool.CURL})
    void the_commands_of_the_page_do_a_job_and_show_it() throws Exception {
        work("mill-1");

        Tool.Outcome shown = Tool.run(directory, Map.of(), List.of("bash", "-c", block("curl")));

        assertThat(shown.output())
                .contains("event: job", "event: progress", "\"state\":\"running\"", "\"percent\":")
                .contains("\"result\":{\"words\":5}", "\"sats_cost\":50");
    }

    @Test
    @Requires({Tool.MAVEN, Tool.CURL})
    void the_commands_of_the_page_show_the_output() throws Exception {
        work("mill-1");

        Tool.Outcome shown = Tool.run(directory, Map.of(), List.of("bash", "-c", block("curl")));

        String text = Pattern.compile("event: output\n(?:id: .*\n)?data: (.*)")
                .matcher(shown.output())
                .results()
                .map(event -> new JsonObject(event.group(1)).getString("text"))
                .collect(Collectors.joining());
        assertThat(text).isEqualTo("HOW DO I BAKE BREAD ");
    }

    @Test
    void jobs_of_a_worker_that_is_killed_are_done_by_the_other_one_and_each_counts_once() throws Exception {
        Process killed = work("mill-1");
        work("mill-2");
        List<String> jobs = IntStream.range(0, 12).mapToObj(i -> order(WORDS)).toList();
        Waiting.until(() -> !started("mill-1").isEmpty() && !started("mill-2").isEmpty());

        killed.destroyForcibly().waitFor();
        List<String> interrupted = started("mill-1").stream()
                .filter(job -> state(job).equals("running"))
                .toList();
        Waiting.until(() -> jobs.stream().allMatch(job -> state(job).equals("succeeded")));

        assertThat(interrupted).isNotEmpty();
        assertThat(started("mill-2")).containsAll(interrupted);
        assertThat(attempts(interrupted.get(0))).isGreaterThan(1);
        Waiting.until(() -> facts() >= jobs.size());
        assertThat(facts()).isEqualTo(jobs.size());
        assertThat(server.count("SELECT sum(sats) FROM trust_ledger WHERE source = 'job'"))
                .isEqualTo(SATS_PER_WORD * WORDS * jobs.size());
    }

    @Test
    void a_worker_that_is_terminated_reports_its_running_job_and_claims_no_more() throws Exception {
        Process worker = work("mill-1");
        String running = order(20);
        Waiting.until(() -> started("mill-1").contains(running) && server.waiting() == 1);

        worker.destroy();
        Waiting.until(() -> server.waiting() == 0);
        String queued = order(1);

        assertThat(worker.waitFor()).isEqualTo(ENDED_BY_SIGTERM);
        assertThat(state(running)).isEqualTo("succeeded");
        assertThat(attempts(running)).isEqualTo(1);
        assertThat(state(queued)).isEqualTo("queued");
    }

    @Test
    void a_cancelled_job_does_not_disturb_the_others() throws Exception {
        work("mill-1");
        String cancelled = order(1_000);
        Waiting.until(() -> started("mill-1").contains(cancelled));

        assertThat(user.post("/api/jobs/" + cancelled + "/cancel").status()).isEqualTo(200);
        Waiting.until(() -> log("mill-1").contains("the claim on job " + cancelled + " is lost: cancelled"));
        String next = order(1);
        Waiting.until(() -> state(next).equals("succeeded"));

        assertThat(state(cancelled)).isEqualTo("cancelled");
    }

    @Test
    void a_wrong_token_ends_it_with_one_line() throws Exception {
        Process worker = run("mill-1", server.token(Scope.SERVICE));

        assertThat(worker.waitFor()).isEqualTo(1);
        assertThat(log("mill-1")).startsWith("cannot work: ").contains("403").hasLineCount(1);
    }

    private Process work(String name) throws IOException {
        return run(name, server.token(Scope.WORKER, name));
    }

    /** Runs the commands of the page but those of Maven. The shell becomes the worker, so that signals reach it. */
    private Process run(String name, String token) throws IOException {
        String commands = block("java -jar")
                .lines()
                .filter(line -> !line.startsWith("mvn"))
                .collect(Collectors.joining("\n"))
                .replace("SERVICE_TOKEN=…", "SERVICE_TOKEN=" + token)
                .replace("java -jar", "exec java -jar");
        Process process = new ProcessBuilder("bash", "-c", commands)
                .directory(PROJECT.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(name).toFile())
                .start();
        processes.add(process);
        return process;
    }

    /** The first block of the page that contains a text, with the address of the server. */
    private String block(String text) throws IOException {
        return Pattern.compile("```\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(PROJECT.resolve("README.md")))
                .results()
                .map(found -> found.group(1))
                .filter(code -> code.contains(text))
                .findFirst()
                .orElseThrow()
                .replace(ADDRESS, "http://127.0.0.1:" + server.port());
    }

    private String order(int words) {
        Answer answer = user.post(
                "/api/jobs",
                new JsonObject()
                        .put("request", new JsonObject().put("prompt", "word" + " word".repeat(words - 1)))
                        .encode());
        assertThat(answer.status()).as(answer.toString()).isEqualTo(201);
        return answer.text("id");
    }

    private String state(String job) {
        return user.get("/api/jobs/" + job).text("state");
    }

    private long attempts(String job) {
        return server.count("SELECT attempts FROM jobs WHERE id = '" + job + "'");
    }

    private long facts() {
        return server.count("SELECT count(*) FROM trust_ledger WHERE source = 'job'");
    }

    /** The jobs that a worker has started, in order. */
    private List<String> started(String name) {
        return log(name)
                .lines()
                .filter(line -> line.startsWith("started "))
                .map(line -> line.substring("started ".length()))
                .toList();
    }

    private String log(String name) {
        try {
            return Files.readString(directory.resolve(name));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
