package dev.nostrtrust.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.ClusterNodes;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.fixture.Tool;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of a cost router, built as a project of its own and run as its README says. */
@Tag("full")
@Requires(Tool.MAVEN)
class CostRouterTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Path PROJECT = Path.of("src/examples/cost-router");

    @TempDir
    private Path directory;

    @BeforeAll
    static void build() throws Exception {
        MavenReactor.build("cost-router", PROJECT);
    }

    @Test
    void the_client_brings_nothing_of_the_server() throws IOException {
        try (Stream<Path> libraries = Files.list(PROJECT.resolve("target/lib"))) {
            List<Path> jars = libraries
                    .filter(jar -> !jar.getFileName().toString().contains("hazelcast"))
                    .toList();

            assertThat(jars).allSatisfy(jar -> assertThat(jar.getFileName().toString())
                    .matches("(nostr-trust-client|vertx-core|netty|jackson-core).*"));
            assertThat(jars.stream().mapToLong(jar -> jar.toFile().length()).sum())
                    .isBetween(1_000_000L, 15_000_000L);
        }
    }

    @Test
    void in_the_cluster_it_routes_by_the_tier_of_now() throws Exception {
        List<Integer> ports = List.of(FreePorts.next(), FreePorts.next());
        Map<String, String> settings = new TreeMap<>(ClusterNodes.membership(ports.get(0), ports));
        try (TestServer server = TestServer.start(settings, TestDatabases.fresh(), new TestClock())) {
            Path cluster = clusterFile(settings.get("CLUSTER_NAME"), ports);
            follows(server, "-Dhazelcast.config=" + cluster);
        }
    }

    @Test
    void without_the_cluster_it_routes_by_the_tier_of_now() throws Exception {
        try (TestServer server = TestServer.start()) {
            follows(server, "-Xmx128m");
        }
    }

    private void follows(TestServer server, String option) throws Exception {
        int port = FreePorts.next();
        Process router = start(server, server.token(Scope.SERVICE), option, port);
        try {
            User user = new User();
            user.logIn(Api.of(server));
            Waiting.until(() -> route(port, user.pubkey()).isPresent());
            assertThat(route(port, user.pubkey()).orElseThrow())
                    .isEqualTo(new JsonObject()
                            .put("tier", "new")
                            .put("blocked", false)
                            .put("model", "small")
                            .put("pay_first", true));
            assertThat(route(port, "ab".repeat(32)).orElseThrow().getString("tier"))
                    .isEqualTo("new");

            Api operator = Api.of(server).as(server.token(Scope.OPERATOR));
            operator.post("/api/trust/" + user.pubkey() + "/adjust", "{\"sats\":30000}");
            Waiting.until(() -> model(port, user.pubkey()).equals("large"));

            operator.post("/api/trust/" + user.pubkey() + "/lock", "{\"tier\":\"established\"}");
            Waiting.until(() -> model(port, user.npub()).equals("medium"));
            operator.post("/api/trust/" + user.pubkey() + "/block");
            Waiting.until(() -> route(port, user.pubkey()).isEmpty());
        } finally {
            router.destroyForcibly().waitFor();
        }
    }

    @Test
    void a_wrong_token_ends_it_with_one_line() throws Exception {
        try (TestServer server = TestServer.start()) {
            Process router = start(server, server.token(Scope.WORKER), "-Xmx128m", FreePorts.next());

            assertThat(router.waitFor()).isEqualTo(1);
            assertThat(log()).startsWith("cannot start: ").contains("403").hasLineCount(1);
        }
    }

    @Test
    void a_cluster_without_servers_ends_it_with_one_line() throws Exception {
        try (TestServer server = TestServer.start()) {
            Path cluster = clusterFile("another", List.of(FreePorts.next(), FreePorts.next()));
            Process router =
                    start(server, server.token(Scope.SERVICE), "-Dhazelcast.config=" + cluster, FreePorts.next());

            assertThat(router.waitFor()).isEqualTo(1);
            assertThat(log().lines().filter(line -> line.startsWith("cannot start")))
                    .containsExactly("cannot start: no server is in the cluster that this process has joined:"
                            + " check its name and members");
        }
    }

    /** The file of the example for a member on this machine. */
    private Path clusterFile(String name, List<Integer> ports) throws IOException {
        String example = Files.readString(PROJECT.resolve("cluster.yaml"));
        return Files.writeString(
                directory.resolve("cluster.yaml"),
                example.replace("cluster-name: nostr-trust-engine", "cluster-name: " + name)
                        .replace("port: 5701", "port: " + ports.get(1))
                        .replace("10.0.0.9", "127.0.0.1")
                        .replace("10.0.0.1:5701", "127.0.0.1:" + ports.get(0))
                        .replace("10.0.0.2:5701", "127.0.0.1:" + ports.get(1)));
    }

    private Process start(TestServer server, String token, String option, int port) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        option,
                        "-jar",
                        PROJECT.resolve("target/cost-router.jar")
                                .toAbsolutePath()
                                .toString(),
                        Integer.toString(port))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("router.log").toFile());
        builder.environment().put("ENGINE_URL", "http://127.0.0.1:" + server.port());
        builder.environment().put("SERVICE_TOKEN", token);
        return builder.start();
    }

    private String log() throws IOException {
        return Files.readString(directory.resolve("router.log"));
    }

    private static String model(int port, String pubkey) {
        return route(port, pubkey).map(route -> route.getString("model")).orElse("");
    }

    private static Optional<JsonObject> route(int port, String pubkey) {
        try {
            HttpResponse<String> response = HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/" + pubkey))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200 ? Optional.of(new JsonObject(response.body())) : Optional.empty();
        } catch (IOException notYet) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
