package dev.nostrtrust.demo;

import dev.nostrtrust.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A small HTTP client that expects one status and reads JSON. Blocks. */
final class DemoClient {
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final String url;

    DemoClient(String url) {
        this.url = url;
    }

    Json.Obj post(String path, @Nullable String token, Json body, int expected) {
        return send(
                request(path, token)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                        .build(),
                expected);
    }

    Json.Obj get(String path, @Nullable String token) {
        return send(request(path, token).GET().build(), 200);
    }

    private HttpRequest.Builder request(String path, @Nullable String token) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(10));
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    private Json.Obj send(HttpRequest request, int expected) {
        HttpResponse<String> response;
        try {
            response = http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(
                    "No server answers at " + url + ". Start one in another terminal: " + Invocation.of("serve"), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        String operation = request.method() + " " + request.uri().getPath();
        if (response.statusCode() != expected) {
            throw new IllegalStateException(operation + " returned " + response.statusCode() + " instead of " + expected
                    + ": " + response.body());
        }
        if (Json.parse(response.body()) instanceof Json.Obj object) {
            return object;
        }
        throw new IllegalStateException(operation + " did not return a JSON object");
    }
}
