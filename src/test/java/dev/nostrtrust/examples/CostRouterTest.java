package dev.nostrtrust.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.ClusterNodes;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Program;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of a cost router, as a process of its own in a server's cluster. */
@Tag("full")
class CostRouterTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    @Test
    void it_routes_by_the_tier_of_now() throws Exception {
        List<Integer> ports = List.of(FreePorts.next(), FreePorts.next());
        Map<String, String> settings = new TreeMap<>(ClusterNodes.membership(ports.get(0), ports));
        try (TestServer server = TestServer.start(settings, TestDatabases.fresh(), new TestClock())) {
            int port = FreePorts.next();
            Process router = start(server, ClusterNodes.membership(ports.get(1), ports), port);
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

                Waiting.until(() -> route(port, user.pubkey())
                        .map(route -> route.getString("model").equals("large"))
                        .orElse(false));

                operator.post("/api/trust/" + user.pubkey() + "/lock", "{\"tier\":\"established\"}");
                Waiting.until(() -> route(port, user.npub())
                        .map(route -> route.getString("model").equals("medium"))
                        .orElse(false));
                operator.post("/api/trust/" + user.pubkey() + "/block");
                Waiting.until(() -> route(port, user.pubkey()).isEmpty());
            } finally {
                router.destroyForcibly().waitFor();
            }
        }
    }

    private Process start(TestServer server, Map<String, String> membership, int port) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(Program.commandOf(
                        CostRouter.class.getName(),
                        List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                        "http://127.0.0.1:" + server.port(),
                        server.token(Scope.SERVICE),
                        Integer.toString(port)))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("router.log").toFile());
        builder.environment().putAll(membership);
        return builder.start();
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
