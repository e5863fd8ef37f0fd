package dev.nostrtrust.torture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.Waiting;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;

/** Talks to whichever server answers, and does not give up easily. */
final class Client {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final List<String> doors;
    private final Diary diary;

    /**
     * Makes one that knocks at any of these doors.
     *
     * @param doors where servers, or a balancer before them, are reached
     */
    Client(List<String> doors, Diary diary) {
        this.doors = List.copyOf(doors);
        this.diary = diary;
    }

    /** A request to be sent to any server. */
    record Call(String method, String path, String token, String body, String idempotencyKey) {
        static Call post(String path, String token, String body) {
            return new Call("POST", path, token, body, "");
        }

        static Call get(String path, String token) {
            return new Call("GET", path, token, "", "");
        }

        Call once(String key) {
            return new Call(method, path, token, body, key);
        }
    }

    /** An answer that says what became of a request: not a 5xx. */
    record Reply(int status, JsonNode json) {
        boolean ok() {
            return status == 200 || status == 201;
        }

        String text(String field) {
            return json.path(field).asText();
        }
    }

    /** Sends it once; empty where it is not known what became of it. */
    CompletableFuture<Optional<Reply>> send(Call call) {
        String door = doors.get(ThreadLocalRandom.current().nextInt(doors.size()));
        return http.sendAsync(request(door, call), BodyHandlers.ofString())
                .thenApply(this::reply)
                .exceptionally(lost -> Optional.empty());
    }

    /** Sends it until a server says what became of it; empty only where none does for a minute. */
    Optional<Reply> insist(Call call) {
        long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (System.nanoTime() < end) {
            Optional<Reply> reply = send(call).join();
            if (reply.isPresent()) {
                return reply;
            }
            Waiting.aMoment();
        }
        diary.note("no server says for a minute what becomes of " + call.method() + " " + call.path());
        return Optional.empty();
    }

    private static HttpRequest request(String door, Call call) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(door + call.path())).timeout(TIMEOUT);
        if (!call.token().isEmpty()) {
            request.header("Authorization", "Bearer " + call.token());
        }
        if (!call.idempotencyKey().isEmpty()) {
            request.header("Idempotency-Key", call.idempotencyKey());
        }
        if (!call.body().isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        return request.method(call.method(), BodyPublishers.ofString(call.body()))
                .build();
    }

    private Optional<Reply> reply(HttpResponse<String> response) {
        int status = response.statusCode();
        if (status >= 502 && isBalancers(response)) {
            return Optional.empty();
        }
        if (status == 503) {
            diary.refused();
            if (response.headers().firstValue("Retry-After").isEmpty()) {
                diary.note("a 503 without Retry-After: " + response.body());
            }
            return Optional.empty();
        }
        if (status == 409 && response.body().contains("idempotency_in_flight")) {
            return Optional.empty();
        }
        if (status >= 500 || status == 401) {
            diary.note("an answer that nobody deserves: " + status + " " + response.body());
        }
        try {
            boolean empty = response.body().isEmpty();
            return Optional.of(
                    new Reply(status, empty ? MissingNode.getInstance() : Api.JSON.readTree(response.body())));
        } catch (JsonProcessingException e) {
            diary.note("no JSON: " + response.body());
            return Optional.empty();
        }
    }

    /** Whether it is a balancer that says that a server is gone: servers answer in JSON. */
    private static boolean isBalancers(HttpResponse<String> response) {
        return response.headers().firstValue("Content-Type").orElse("").startsWith("text/html");
    }
}
