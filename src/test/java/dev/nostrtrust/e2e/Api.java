package dev.nostrtrust.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.nostrtrust.app.TestServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Talks to a server over HTTP; every answer is held to the contract. */
public final class Api {
    public static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofMinutes(1)).build();
    private final String base;
    private final @Nullable String token;
    private final List<String> headers;

    private Api(String base, @Nullable String token, List<String> headers) {
        this.base = base;
        this.token = token;
        this.headers = headers;
    }

    public static Api of(TestServer server) {
        return at(server.port());
    }

    /** The server on this port of this machine. */
    public static Api at(int port) {
        return new Api("http://127.0.0.1:" + port, null, List.of());
    }

    /** The same with a token in its Authorization header. */
    public Api as(String otherToken) {
        return new Api(base, otherToken, headers);
    }

    /** The same with one more header. */
    public Api with(String name, String value) {
        List<String> more = new ArrayList<>(headers);
        more.add(name);
        more.add(value);
        return new Api(base, token, more);
    }

    public Answer get(String path) {
        return send(request(path).GET());
    }

    public Answer post(String path) {
        return send(request(path).POST(BodyPublishers.noBody()));
    }

    public Answer post(String path, String json) {
        return send(json(path, json));
    }

    public Answer post(String path, JsonNode json) {
        return post(path, json.toString());
    }

    public Answer send(String method, String path, @Nullable String contentType, byte[] body) {
        HttpRequest.Builder request = request(path).method(method, BodyPublishers.ofByteArray(body));
        return send(contentType == null ? request : request.header("Content-Type", contentType));
    }

    /** Many of the same at once. */
    public List<Answer> postAtOnce(int times, String path, Supplier<String> json) {
        List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
        List<HttpRequest> requests = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            requests.add(json(path, json.get()).build());
        }
        requests.forEach(request -> sent.add(http.sendAsync(request, BodyHandlers.ofString())));
        return sent.stream()
                .map(CompletableFuture::join)
                .map(response -> answer("POST", path, response))
                .toList();
    }

    private HttpRequest.Builder json(String path, String json) {
        return request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(json));
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofMinutes(1));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (!headers.isEmpty()) {
            request.headers(headers.toArray(String[]::new));
        }
        return request;
    }

    private Answer send(HttpRequest.Builder builder) {
        HttpRequest request = builder.build();
        try {
            return answer(request.method(), request.uri().getRawPath(), http.send(request, BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new IllegalStateException(request.method() + " " + request.uri(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Answer answer(String method, String path, HttpResponse<String> response) {
        Contract.check(method, path, response);
        String type = response.headers().firstValue("Content-Type").orElse("");
        try {
            JsonNode json = type.contains("json") ? JSON.readTree(response.body()) : MissingNode.getInstance();
            return new Answer(response.statusCode(), response, json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(response.body(), e);
        }
    }
}
