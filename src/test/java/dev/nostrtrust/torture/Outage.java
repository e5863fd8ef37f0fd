package dev.nostrtrust.torture;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.Waiting;
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

/**
 * What users meet while a server's database is away.
 *
 * @param asked how many of them asked for work
 * @param slowest how long the one waited who was answered last
 * @param surprises answers other than 503 database_unavailable with Retry-After
 * @param recovery how long after the end of the trouble the server was ready and took work again
 */
record Outage(int asked, Duration slowest, List<String> surprises, Duration recovery) {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    /** Takes the database away, keeps it away for a time while users ask, and gives it back. */
    static Outage of(ServerNode node, Runnable begin, Duration lasting, Runnable end) {
        List<CompletableFuture<Asked>> asked = new ArrayList<>();
        begin.run();
        long until = System.nanoTime() + lasting.toNanos();
        while (System.nanoTime() < until || node.ready()) {
            asked.add(ask(node));
            Waiting.aMoment();
        }
        List<Asked> answers = asked.stream().map(CompletableFuture::join).toList();
        long ended = System.nanoTime();
        end.run();
        Waiting.until(() -> node.ready() && ask(node).join().response().statusCode() == 201);
        Duration recovery = Duration.ofNanos(System.nanoTime() - ended);
        Duration slowest =
                answers.stream().map(Asked::waited).max(Duration::compareTo).orElseThrow();
        List<String> surprises = answers.stream()
                .filter(answer -> !refused(answer.response()))
                .map(Asked::toString)
                .toList();
        return new Outage(answers.size(), slowest, surprises, recovery);
    }

    /** One line that says it all. */
    String summary(String what) {
        return String.format(
                "outage: %-50s asked %5d  slowest 503 %5d ms  surprises %d  recovered after %5d ms",
                what, asked, slowest.toMillis(), surprises.size(), recovery.toMillis());
    }

    private record Asked(HttpResponse<String> response, Duration waited) {
        @Override
        public String toString() {
            return response.statusCode() + " after " + waited + ": " + response.body();
        }
    }

    private static CompletableFuture<Asked> ask(ServerNode node) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(node.base() + "/api/jobs"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"request\":{}}"))
                .timeout(Duration.ofSeconds(20))
                .build();
        long sent = System.nanoTime();
        return HTTP.sendAsync(request, BodyHandlers.ofString())
                .thenApply(response -> new Asked(response, Duration.ofNanos(System.nanoTime() - sent)));
    }

    private static boolean refused(HttpResponse<String> response) {
        try {
            return response.statusCode() == 503
                    && response.headers().firstValue("Retry-After").isPresent()
                    && response.headers().firstValue("Content-Type").orElse("").equals("application/problem+json")
                    && Api.JSON.readTree(response.body()).path("code").asText().equals("database_unavailable");
        } catch (JsonProcessingException e) {
            return false;
        }
    }
}
