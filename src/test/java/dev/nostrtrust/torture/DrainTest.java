package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.e2e.Waiting;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Servers are stopped and started in turn, behind a balancer that looks at their health; no user notices. */
class DrainTest {
    private static final int USERS = 8;

    private final List<Node> ready = new ArrayList<>();
    private final AtomicLong served = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private volatile boolean over;

    @Test
    void no_request_fails_while_servers_are_restarted_in_turn() throws InterruptedException {
        restarts(1);
    }

    @Test
    @Tag("torture")
    void no_request_fails_in_ten_rounds_of_restarts() throws InterruptedException {
        restarts(10);
    }

    private void restarts(int rounds) throws InterruptedException {
        try (Cluster cluster = Cluster.start(2, Map.of("SHUTDOWN_DELAY", "3s"))) {
            choose(cluster);
            List<Thread> threads = new ArrayList<>();
            threads.add(new Thread(() -> balance(cluster)));
            for (int i = 0; i < USERS; i++) {
                threads.add(new Thread(this::use));
            }
            threads.forEach(Thread::start);
            for (int round = 0; round < rounds; round++) {
                for (Node node : cluster.nodes()) {
                    awaitServed(50);
                    node.terminate();
                    node.start();
                    cluster.awaitReady();
                }
            }
            over = true;
            for (Thread thread : threads) {
                thread.join();
            }
        }
        System.out.println(
                "drain: " + 2 * rounds + " restarts, " + served + " requests, " + failures.size() + " failed");
        assertThat(failures).isEmpty();
    }

    private void balance(Cluster cluster) {
        while (!over) {
            choose(cluster);
            Waiting.aMoment();
        }
    }

    private void choose(Cluster cluster) {
        List<Node> chosen = cluster.nodes().stream().filter(Node::ready).toList();
        synchronized (ready) {
            ready.clear();
            ready.addAll(chosen);
        }
    }

    private void use() {
        while (!over) {
            Node node = any();
            HttpRequest request = HttpRequest.newBuilder(URI.create(node.base() + "/api/jobs"))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"request\":{}}"))
                    .build();
            http.sendAsync(request, BodyHandlers.ofString())
                    .handle(this::failure)
                    .join()
                    .ifPresentOrElse(failures::add, served::incrementAndGet);
        }
    }

    private Optional<String> failure(@Nullable HttpResponse<String> response, @Nullable Throwable lost) {
        if (response == null) {
            return Optional.of(String.valueOf(lost));
        }
        return response.statusCode() == 201
                ? Optional.empty()
                : Optional.of(response.statusCode() + " " + response.body());
    }

    private Node any() {
        synchronized (ready) {
            return ready.get(ThreadLocalRandom.current().nextInt(ready.size()));
        }
    }

    private void awaitServed(long more) {
        long goal = served.get() + more;
        Waiting.until(() -> served.get() >= goal);
    }
}
