package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.Waiting;
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
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Three nodes behind HAProxy are restarted one after the other, again and again. Needs root and haproxy. */
@Tag("torture")
class RollingRestartTest {
    private static final int CLIENTS = 8;
    private static final int POLLS = 9;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicLong done = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean over = new AtomicBoolean();

    @Test
    void no_request_fails_while_every_node_is_restarted() throws Exception {
        int rounds = Integer.getInteger("rounds", 10);
        long least = rounds * 10_000L;
        try (NetworkNamespace network = NetworkNamespace.of(3);
                Cluster cluster =
                        Cluster.joined(network, Map.of("SHUTDOWN_DELAY", "2s")).behindBalancer()) {
            String door = cluster.doors().get(0);
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Thread client = new Thread(() -> work(door));
                client.start();
                clients.add(client);
            }
            for (int round = 0; round < rounds; round++) {
                for (ServerNode node : cluster.nodes()) {
                    node.terminate();
                    node.start();
                    cluster.awaitReady();
                }
            }
            Waiting.aMoment();
            while (done.get() < least && failures.isEmpty()) {
                Waiting.aMoment();
            }
            over.set(true);
            for (Thread client : clients) {
                client.join();
            }
        }
        System.out.printf(
                "rolling restart: %d rounds of 3 nodes, %d requests, %d failed%n", rounds, done.get(), failures.size());
        assertThat(failures).isEmpty();
        assertThat(done.get()).isGreaterThanOrEqualTo(least);
    }

    private void work(String base) {
        while (!over.get()) {
            JsonNode job = call(
                    HttpRequest.newBuilder(URI.create(base + "/api/jobs"))
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString("{\"request\":{}}")),
                    201);
            for (int i = 0; i < POLLS && job.has("id"); i++) {
                call(
                        HttpRequest.newBuilder(
                                URI.create(base + "/api/jobs/" + job.get("id").asText())),
                        200);
            }
        }
    }

    private JsonNode call(HttpRequest.Builder request, int expected) {
        try {
            HttpResponse<String> response =
                    http.send(request.timeout(Duration.ofSeconds(10)).build(), BodyHandlers.ofString());
            done.incrementAndGet();
            if (response.statusCode() != expected) {
                failures.add(response.statusCode() + " " + response.body());
            }
            return Api.JSON.readTree(response.body());
        } catch (IOException e) {
            failures.add(e.toString());
            return Api.JSON.createObjectNode();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
