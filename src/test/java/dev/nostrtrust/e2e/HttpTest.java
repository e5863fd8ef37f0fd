package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** HTTP as RFC 9110 has it, at both ports. */
class HttpTest {
    private static final String CHALLENGE = "POST /api/identity/challenge HTTP/1.1\r\nHost: trust.example\r\n";
    private static final String JSON = "Content-Type: application/json\r\n";

    private static TestServer server;
    private static Api api;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        api = Api.of(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Sends this and reads until the server closes the connection, which it has to do. */
    static String exchange(int port, String request) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static String exchange(String request) {
        return exchange(server.port(), request);
    }

    private static String header(Answer answer, String name) {
        return answer.header(name).orElse("");
    }

    @Test
    void only_100_continue_can_be_expected() {
        String continued =
                exchange(CHALLENGE + JSON + "Connection: close\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n{}");
        String magic =
                exchange(CHALLENGE + JSON + "Connection: close\r\nExpect: 200-maybe\r\nContent-Length: 2\r\n\r\n{}");

        assertThat(continued).startsWith("HTTP/1.1 100 Continue\r\n").contains("HTTP/1.1 200 OK");
        assertThat(magic).startsWith("HTTP/1.1 417 ").contains("\"code\":\"expectation_failed\"");
        assertThat(exchange(
                        server.managementPort(),
                        "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 200-maybe\r\n\r\n"))
                .as("no body is waited for: ignored")
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void every_answer_has_a_date_and_is_not_to_be_sniffed() {
        Answer ok = api.get("/api/trust/policy");
        String job = "/api/jobs/" + api.post("/api/jobs", "{\"request\":{}}").text("id");
        Answer unchanged = api.with("If-None-Match", "*").get(job);
        Answer out = api.as(new User().logIn(api)).post("/api/identity/logout");
        Answer large = api.post("/api/jobs", "x".repeat(20_000));

        assertThat(List.of(unchanged.status(), out.status(), large.status())).containsExactly(304, 204, 413);
        for (Answer answer : List.of(
                ok, unchanged, out, large, api.get("/nowhere"), api.get("/api/trust/me"), api.post("/api/jobs", "{"))) {
            assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(header(answer, "Date")).endsWith(" GMT");
        }
        assertThat(ZonedDateTime.parse(header(ok, "Date"), DateTimeFormatter.RFC_1123_DATE_TIME))
                .isNotNull();
        assertThat(exchange(
                        server.managementPort(), "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .containsIgnoringCase("\r\ndate: ")
                .containsIgnoringCase("\r\nx-content-type-options: nosniff");
    }

    @Test
    void every_stream_has_a_date_and_is_not_to_be_buffered() throws IOException {
        String job = "/api/jobs/" + api.post("/api/jobs", "{\"request\":{}}").text("id");
        for (String path : List.of(job, "/api/trust/events")) {
            try (RawConnection connection = RawConnection.to(server)) {
                connection.send(
                        "GET " + path + " HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer "
                                + server.token(Scope.SERVICE) + "\r\n\r\n");

                assertThat(connection.until("\r\n\r\n"))
                        .startsWith("HTTP/1.1 200 ")
                        .containsIgnoringCase("\r\ncontent-type: text/event-stream\r\n")
                        .containsIgnoringCase("\r\nx-accel-buffering: no\r\n")
                        .containsIgnoringCase("\r\ndate: ");
            }
        }
    }

    @Test
    void head_is_get_without_the_body() {
        String job = api.post("/api/jobs", "{\"request\":{}}").text("id");
        String token = new User().logIn(api);
        Api user = api.as(token);
        String session = user.post("/api/sessions").text("id");
        for (String path : List.of(
                "/api/trust/policy",
                "/.well-known/jwks.json",
                "/openapi.yaml",
                "/api/jobs/" + job,
                "/api/sessions/" + session,
                "/api/trust/me",
                "/nowhere")) {
            Answer get = user.get(path);
            String head = exchange("HEAD " + path
                    + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + token + "\r\n\r\n");

            assertThat(head).startsWith("HTTP/1.1 " + get.status() + " ").endsWith("\r\n\r\n");
            assertThat(head.split("\r\n\r\n", -1)).as(head).hasSize(2);
            assertThat(head).containsIgnoringCase("\r\ncontent-type: " + header(get, "Content-Type"));
            if (get.status() == 200) {
                assertThat(head)
                        .containsIgnoringCase("\r\ncontent-length: "
                                + get.response().body().getBytes(StandardCharsets.UTF_8).length + "\r\n");
            }
        }
        for (String path : List.of("/health/live", "/health/ready", "/metrics")) {
            assertThat(exchange(
                            server.managementPort(),
                            "HEAD " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 200 ")
                    .endsWith("\r\n\r\n");
        }
        String stream = "HEAD /api/jobs/" + job + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                + "Accept: text/event-stream\r\n\r\n";
        assertThat(exchange(stream)).contains("text/event-stream").endsWith("\r\n\r\n");
    }

    @Test
    void head_is_served_wherever_get_is() {
        for (String operation : Contract.operations()) {
            if (operation.startsWith("GET ")) {
                String path = operation.substring(4).replaceAll("[{]\\w+[}]", "00000000-0000-7000-8000-000000000000");
                assertThat(exchange("HEAD " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                        .startsWith("HTTP/1.1 " + api.get(path).status() + " ");
            }
        }
    }

    @Test
    void a_client_of_http_1_0_gets_a_stream_until_it_ends() {
        String job = api.post("/api/jobs", "{\"request\":{}}").text("id");
        Api worker = api.as(server.token(Scope.WORKER));
        String fence = worker.post("/api/jobs/" + job + "/claim", "{}")
                .json()
                .get("fence")
                .asText();
        worker.post("/api/jobs/" + job + "/complete", "{\"fence\":" + fence + ",\"sats_cost\":0}");

        String stream = exchange("GET /api/jobs/" + job + " HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n");

        assertThat(stream)
                .startsWith("HTTP/1.0 200 ")
                .containsIgnoringCase("\r\nx-accel-buffering: no\r\n")
                .contains("event: job\n")
                .doesNotContainIgnoringCase("transfer-encoding");
    }

    @Test
    void an_empty_body_is_an_empty_object_whatever_its_type() {
        for (String type :
                List.of("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain")) {
            assertThat(api.send("POST", "/api/identity/challenge", type, new byte[0])
                            .status())
                    .as(type)
                    .isEqualTo(200);
            assertThat(api.send("POST", "/api/sessions", type, new byte[0]).status())
                    .as(type)
                    .isEqualTo(201);
            assertThat(api.with("Content-Type", type).get("/api/trust/policy").status())
                    .as(type)
                    .isEqualTo(200);
            Api user = api.as(new User().logIn(api));
            String job =
                    "/api/jobs/" + user.post("/api/jobs", "{\"request\":{}}").text("id");
            Api worker = api.as(server.token(Scope.WORKER));
            assertThat(worker.send("POST", job + "/claim", type, new byte[0]).status())
                    .as(type)
                    .isEqualTo(200);
            assertThat(user.send("POST", job + "/cancel", type, new byte[0]).status())
                    .as(type)
                    .isEqualTo(200);
            Answer refreshed = user.send("POST", "/api/identity/refresh", type, new byte[0]);
            assertThat(refreshed.status()).as(type).isEqualTo(200);
            assertThat(api.as(refreshed.text("nostr_token"))
                            .send("POST", "/api/identity/logout", type, new byte[0])
                            .status())
                    .as(type)
                    .isEqualTo(204);
        }
    }

    @Test
    void the_refusal_of_a_large_body_names_the_limit() {
        String text = "a".repeat(20_000);
        Answer large = api.post("/api/jobs", "{\"request\":{\"a\":\"" + text + "\"}}");
        String job = "/api/jobs/" + api.post("/api/jobs", "{\"request\":{}}").text("id");
        Answer result = api.as(server.token(Scope.WORKER))
                .post(job + "/complete", "{\"fence\":1,\"sats_cost\":0,\"result\":\"" + text.repeat(200) + "\"}");
        Answer proof = api.post("/api/identity/verify", "{\"event\":\"" + text + "\"}");

        assertThat(large.status()).isEqualTo(413);
        assertThat(large.text("detail")).contains("16384 bytes");
        assertThat(result.status()).isEqualTo(413);
        assertThat(result.text("detail")).contains("1048576 bytes");
        assertThat(proof.status() + proof.code()).isEqualTo("400invalid_json");
        assertThat(proof.text("detail")).contains("16384 bytes");
    }

    @Test
    void the_refusal_of_a_large_proof_names_the_limit_of_proofs() {
        String proof = "{\"event\":\"" + "a".repeat(20_000) + "\"}";
        Map.of("1024", "1024 bytes", "1000000", "16384 bytes").forEach((limit, named) -> {
            try (TestServer other = TestServer.start(Map.of("HTTP_BODY_LIMIT", limit))) {
                Answer refused = Api.of(other).post("/api/identity/verify", proof);

                assertThat(refused.code()).isEqualTo("invalid_json");
                assertThat(refused.text("detail")).contains(named);
            }
        });
    }
}
