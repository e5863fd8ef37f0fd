package dev.nostrtrust.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.Tool;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the programs of docs/consumers.md as they stand there, but for the address of the server. */
@Tag("full")
class ConsumersDocsTest {
    private static final Path PAGE = Path.of("docs/consumers.md");
    private static final String ADDRESS = "http://localhost:8080";

    private static TestServer server;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** The first block of a language that contains a text. */
    private static String block(String language, String text) throws IOException {
        return Pattern.compile("```(\\w*)\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(PAGE))
                .results()
                .filter(found -> found.group(1).equals(language))
                .map(found -> found.group(2))
                .filter(code -> code.contains(text))
                .findFirst()
                .orElseThrow()
                .replace(ADDRESS, "http://127.0.0.1:" + server.port());
    }

    @Test
    @Requires(Tool.MAVEN)
    void a_new_project_follows_the_tier_of_a_key() throws Exception {
        String java = block("java", "class Router");
        Path project = Path.of("target/consumers");
        Path sources = Files.createDirectories(project.resolve("src/main/java"));
        Files.writeString(project.resolve("pom.xml"), block("xml", "<dependency>"));
        Files.writeString(sources.resolve("Router.java"), java);
        MavenReactor.build("consumers", project);
        MavenReactor.build("cost-router", Path.of("src/examples/cost-router"));
        User user = new User();
        user.logIn(Api.of(server));
        Path output = directory.resolve("output.txt");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        project.resolve("target/classes") + File.pathSeparator
                                + "src/examples/cost-router/target/lib/*",
                        "Router",
                        user.npub())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("SERVICE_TOKEN", server.token(Scope.SERVICE));

        Process router = builder.start();
        try {
            Waiting.untilWritten(output, "TrustTier[tier=new, blocked=false]");
            Api operator = Api.of(server).as(server.token(Scope.OPERATOR));
            operator.post("/api/trust/" + user.pubkey() + "/adjust", "{\"sats\":30000}");
            Waiting.untilWritten(output, "TrustTier[tier=trusted, blocked=false]");
            operator.post("/api/trust/" + user.pubkey() + "/block");
            Waiting.untilWritten(output, "TrustTier[tier=trusted, blocked=true]");
        } finally {
            router.destroyForcibly().waitFor();
        }
    }

    @Test
    @Requires(Tool.CURL)
    void the_requests_in_any_language_are_answered() throws Exception {
        Api operator = Api.of(server).as(server.token(Scope.OPERATOR));
        User user = new User();
        user.logIn(Api.of(server));
        operator.post("/api/trust/" + user.pubkey() + "/lock", "{\"tier\":\"elite\"}");
        List<String> commands = List.of(block("", "/api/trust/lookup")
                .replace("npub1q5ypru6ssj6kqrmjuww4ht2d63qlecg407hkf9cs9xthc2mneqsqlufq5p", user.pubkey())
                .replace("wait=20", "wait=1")
                .replace("curl -sN", "timeout 3 curl -sN")
                .split("\n(?=curl|timeout)"));

        String lookup = run(commands.get(0));
        String page = run(commands.get(1));
        String stream = run(commands.get(2));

        assertThat(new JsonObject(lookup)
                        .getJsonObject("identities")
                        .getJsonObject(user.pubkey())
                        .getString("trust_tier"))
                .isEqualTo("elite");
        assertThat(new JsonObject(page).getJsonArray("events")).isNotEmpty();
        assertThat(stream).contains("event: trust.changed", "id: 1", user.pubkey());
    }

    private String run(String command) throws Exception {
        Tool.Outcome outcome = Tool.run(
                directory, Map.of("SERVICE_TOKEN", server.token(Scope.SERVICE)), List.of("bash", "-c", command));
        return outcome.output();
    }
}
