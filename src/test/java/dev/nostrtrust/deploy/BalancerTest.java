package dev.nostrtrust.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HAProxy with the configuration of deploy/, at other addresses. */
@Requires(Tool.HAPROXY)
class BalancerTest {
    @TempDir
    private Path directory;

    private HttpServer node;

    /** Answers with the headers that describe the client. */
    @BeforeEach
    void start_a_node() throws IOException {
        node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        node.createContext("/", exchange -> {
            List<String> forwarded = exchange.getRequestHeaders().getOrDefault("X-Forwarded-For", List.of());
            byte[] body = String.join(",", forwarded).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        node.start();
    }

    @AfterEach
    void stop_the_node() {
        node.stop(0);
    }

    private String configuration(int port) {
        String address = "127.0.0.1:" + node.getAddress().getPort();
        return Deployment.text("deploy/haproxy/haproxy.cfg")
                .replace("bind :8080", "bind 127.0.0.1:" + port)
                .replaceAll("(?m)^( +server \\S+) .*$", "$1 " + address)
                .replaceAll("maxconn \\d+", "maxconn 100")
                .replaceAll("conn_cur gt \\d+", "conn_cur gt 2");
    }

    /** The address that a node sees when a client that claims to be 203.0.113.9 sends a request through a balancer. */
    private String forwarded(String outerProxy) throws IOException, InterruptedException {
        return behindBalancer(outerProxy, port -> String.valueOf(answer(port)));
    }

    private <T> T behindBalancer(String outerProxy, IntFunction<T> test) throws IOException, InterruptedException {
        int port = FreePorts.next();
        Path file = Files.writeString(directory.resolve("haproxy.cfg"), configuration(port));
        ProcessBuilder builder = new ProcessBuilder("haproxy", "-db", "-f", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("haproxy.log").toFile());
        builder.environment().put("OUTER_PROXY", outerProxy);
        Process balancer = builder.start();
        try {
            Waiting.until(() -> !balancer.isAlive() || answer(port) != null);
            assertThat(balancer.isAlive())
                    .as(Files.readString(directory.resolve("haproxy.log")))
                    .isTrue();
            return test.apply(port);
        } finally {
            balancer.destroy();
            balancer.waitFor();
        }
    }

    /** How many of these connections, all open together, get an answer. */
    private static int served(int port, int connections) {
        List<Socket> open = new ArrayList<>();
        int served = 0;
        try {
            for (int i = 0; i < connections; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                open.add(socket);
                served += isServed(socket) ? 1 : 0;
            }
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return served;
    }

    private static boolean isServed(Socket socket) {
        try {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() == 'H';
        } catch (IOException reset) {
            return false;
        }
    }

    private static @Nullable String answer(int port) {
        try {
            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                                    .header("X-Forwarded-For", "203.0.113.9")
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200 ? response.body() : null;
        } catch (IOException notYet) {
            return null;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_client_cannot_say_that_it_is_another_one() throws Exception {
        assertThat(forwarded("192.0.2.1")).isEqualTo("127.0.0.1");
        assertThat(forwarded("")).isEqualTo("127.0.0.1");
    }

    @Test
    void a_proxy_before_the_balancer_says_whose_request_it_is() throws Exception {
        assertThat(forwarded("127.0.0.1")).isEqualTo("203.0.113.9,127.0.0.1");
        assertThat(forwarded("127.0.0.0/29")).isEqualTo("203.0.113.9,127.0.0.1");
    }

    @Test
    void one_address_may_not_take_all_connections_unless_it_is_the_proxy_before_the_balancer() throws Exception {
        int aClient = behindBalancer("192.0.2.1", port -> served(port, 5));
        int theProxy = behindBalancer("127.0.0.1", port -> served(port, 5));

        assertThat(aClient).isLessThanOrEqualTo(2);
        assertThat(theProxy).isEqualTo(5);
    }
}
