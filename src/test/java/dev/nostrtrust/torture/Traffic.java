package dev.nostrtrust.torture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.e2e.Waiting;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Users behind a balancer that looks at the servers' health. They log in, order, poll, and have the work done, ask once
 * for everything and take no other answer than success.
 */
final class Traffic implements AutoCloseable {
    private final Cluster cluster;
    private final String worker;
    private final List<ServerNode> ready = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong served = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private volatile boolean over;

    private Traffic(Cluster cluster) {
        this.cluster = cluster;
        this.worker = cluster.token(Scope.WORKER);
    }

    /** Starts this number of concurrent users. */
    static Traffic begin(Cluster cluster, int users) {
        Traffic traffic = new Traffic(cluster);
        traffic.choose();
        traffic.threads.add(new Thread(traffic::balance));
        for (int i = 0; i < users; i++) {
            traffic.threads.add(new Thread(traffic::use));
        }
        traffic.threads.forEach(Thread::start);
        return traffic;
    }

    /** Waits for this number of further successful requests. */
    void awaitServed(long more) {
        long goal = served.get() + more;
        Waiting.until(() -> served.get() >= goal);
    }

    long served() {
        return served.get();
    }

    /** The requests that failed so far. */
    List<String> failures() {
        return List.copyOf(failures);
    }

    /** Lets what is under way end. */
    @Override
    public void close() {
        over = true;
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void balance() {
        while (!over) {
            choose();
            Waiting.aMoment();
        }
    }

    private void choose() {
        List<ServerNode> chosen =
                cluster.nodes().stream().filter(ServerNode::ready).toList();
        synchronized (ready) {
            ready.clear();
            ready.addAll(chosen);
        }
    }

    private void use() {
        while (!over) {
            User user = new User();
            JsonNode challenge = post("/api/identity/challenge", "", "", 200);
            if (!challenge.has("event_template")) {
                continue;
            }
            String token = post("/api/identity/verify", "", user.proof(challenge.get("event_template")), 200)
                    .path("nostr_token")
                    .asText();
            String session = post("/api/sessions", token, "", 201).path("id").asText();
            post("/api/sessions/" + session + "/requests", token, "{\"request\":{}}", 201);
            for (int i = 0; i < 5 && !over; i++) {
                work(token);
            }
            post("/api/sessions/" + session + "/close", token, "", 200);
        }
    }

    private void work(String token) {
        String job = "/api/jobs/"
                + post("/api/jobs", token, "{\"request\":{}}", 201).path("id").asText();
        String fence = post(job + "/claim", worker, "", 200).path("fence").asText();
        post(job + "/complete", worker, "{\"fence\":" + fence + ",\"sats_cost\":5}", 200);
        send(request(job, "").GET(), 200);
        send(request("/api/trust/me", token).GET(), 200);
    }

    private JsonNode post(String path, String token, String body, int expected) {
        return send(request(path, token).POST(BodyPublishers.ofString(body)), expected);
    }

    private HttpRequest.Builder request(String path, String token) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(any().base() + path)).header("Content-Type", "application/json");
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    private JsonNode send(HttpRequest.Builder builder, int expected) {
        HttpRequest request = builder.build();
        try {
            HttpResponse<String> response =
                    http.sendAsync(request, BodyHandlers.ofString()).join();
            if (response.statusCode() == expected) {
                served.incrementAndGet();
            } else {
                failures.add(request.uri() + ": " + response.statusCode() + " " + response.body());
            }
            return Api.JSON.readTree(response.body());
        } catch (CompletionException | JsonProcessingException lost) {
            failures.add(request.uri() + ": " + lost);
            return Api.JSON.createObjectNode();
        }
    }

    private ServerNode any() {
        synchronized (ready) {
            return ready.get(ThreadLocalRandom.current().nextInt(ready.size()));
        }
    }
}
