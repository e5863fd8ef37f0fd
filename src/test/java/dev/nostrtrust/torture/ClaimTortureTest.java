package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.e2e.Api;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Fifty workers that claim the next jobs from three nodes, while nodes are killed and workers vanish with what they
 * have claimed. Needs root and iproute2.
 */
@Tag("torture")
class ClaimTortureTest {
    private static final int NODES = 3;
    private static final int JOBS = Integer.getInteger("jobs", 10_000);
    private static final int WORKERS = 50;
    /** One claim of this number is never reported on. */
    private static final int VANISH = 200;

    private static final int IDLE_JOBS = 200;

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final AtomicInteger claims = new AtomicInteger();
    private final AtomicInteger vanished = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> refused = new ConcurrentLinkedQueue<>();
    private volatile boolean over;

    @Test
    void each_job_is_done_once() throws Exception {
        try (NetworkNamespace network = NetworkNamespace.of(NODES);
                Cluster cluster = Cluster.joined(
                        network,
                        Map.of("JOB_LEASE", "5s", "JOB_MAX_ATTEMPTS", "1000", "HTTP_WAITING_PER_ADDRESS", "0"))) {
            List<Thread> producers = threads(4, number -> produce(cluster, JOBS / 4));
            List<Thread> workers = threads(WORKERS, number -> work(cluster, number));
            int kills = 0;
            for (; unfinished(cluster) > 0 || producers.stream().anyMatch(Thread::isAlive); kills++) {
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(3));
                ServerNode victim = cluster.nodes().get(kills % NODES);
                victim.kill();
                victim.start();
                cluster.awaitReady();
            }
            over = true;
            join(workers);
            Postgres postgres = cluster.postgres();
            System.out.printf(
                    "%d workers, %d jobs by %d claims; %d nodes killed, %d claims abandoned%n",
                    WORKERS, JOBS, claims.get(), kills, vanished.get());
            assertThat(refused).isEmpty();
            assertThat(postgres.number("SELECT count(*) FROM jobs WHERE state = 'succeeded'"))
                    .isEqualTo(JOBS);
            assertThat(postgres.number("SELECT count(*) FROM jobs WHERE state <> 'succeeded'"))
                    .isZero();
            assertThat(kills).isPositive();
            assertThat(vanished).hasPositiveValue();
        }
    }

    @Test
    void on_an_idle_cluster_a_job_is_claimed_within_milliseconds() throws Exception {
        try (NetworkNamespace network = NetworkNamespace.of(NODES);
                Cluster cluster = Cluster.joined(network, Map.of())) {
            long[] micros = new long[IDLE_JOBS];
            for (int i = 0; i < IDLE_JOBS; i++) {
                String producer = cluster.nodes().get(i % NODES).base();
                String worker = cluster.nodes().get(i / NODES % NODES).base();
                long[] claimed = new long[1];
                Thread waiting = new Thread(() -> claimed[0] = claimTime(cluster, worker));
                waiting.start();
                // Until it waits at its node; the time of this pause is not measured.
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(60));
                long created = System.nanoTime();
                send(producer, "/api/jobs", "", "{\"request\":{}}");
                waiting.join();
                micros[i] = TimeUnit.NANOSECONDS.toMicros(claimed[0] - created);
            }
            Arrays.sort(micros);
            System.out.printf(
                    "queue to claim on an idle cluster: p50 %.1f ms, p99 %.1f ms%n",
                    micros[IDLE_JOBS / 2] / 1e3, micros[IDLE_JOBS * 99 / 100] / 1e3);
            assertThat(unfinished(cluster)).isZero();
            assertThat(micros[0]).isPositive();
        }
    }

    private long claimTime(Cluster cluster, String worker) {
        try {
            HttpResponse<String> claimed =
                    send(worker, "/api/jobs/claim", cluster.token(Scope.WORKER), "{\"wait\":30}");
            long claimedNanos = System.nanoTime();
            // Or it would be queued again at the end of its lease.
            complete(
                    cluster,
                    new Random(),
                    cluster.token(Scope.WORKER),
                    read(claimed.body()).at("/jobs/0"));
            return claimedNanos;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Work {
        void run(int number);
    }

    private static List<Thread> threads(int count, Work work) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            Thread thread = new Thread(() -> work.run(number));
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        return threads;
    }

    private static void join(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static long unfinished(Cluster cluster) {
        return cluster.postgres().number("SELECT count(*) FROM jobs WHERE finished_at IS NULL");
    }

    /** Creates jobs; a job is repeated with its key until a node has created it. */
    private void produce(Cluster cluster, int count) {
        Random random = new Random();
        for (int i = 0; i < count; ) {
            String key = "%016d-%016d".formatted(Thread.currentThread().getId(), i);
            String answer = answered(cluster, random, "/api/jobs", "", "{\"request\":{}}", key);
            // Without an id it was refused: the request before may still be running.
            i += answer != null && read(answer).has("id") ? 1 : 0;
        }
    }

    private void work(Cluster cluster, int number) {
        Random random = new Random(number);
        String token = cluster.token(Scope.WORKER);
        while (!over) {
            String answer = answered(
                    cluster,
                    random,
                    "/api/jobs/claim",
                    token,
                    "{\"max\":" + (1 + random.nextInt(5)) + ",\"wait\":2}",
                    "");
            if (answer == null) {
                continue;
            }
            claims.incrementAndGet();
            for (JsonNode job : read(answer).get("jobs")) {
                if (random.nextInt(VANISH) == 0) {
                    vanished.incrementAndGet();
                } else {
                    complete(cluster, random, token, job);
                }
            }
        }
    }

    /** Reports until a node answers; after the end of the lease, another worker has the job. */
    private void complete(Cluster cluster, Random random, String token, JsonNode job) {
        String path = "/api/jobs/" + job.get("id").asText() + "/complete";
        String body = "{\"fence\":" + job.get("fence") + ",\"sats_cost\":1}";
        for (int attempt = 0; attempt < 20 && answered(cluster, random, path, token, body, "") == null; attempt++) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    /** The body of an answer; null without an answer, or with one that asks to come back. Notes refused claims. */
    private String answered(
            Cluster cluster, Random random, String path, String token, String body, String idempotencyKey) {
        String base = cluster.nodes().get(random.nextInt(NODES)).base();
        try {
            HttpResponse<String> response = send(base, path, token, body, idempotencyKey);
            if (path.endsWith("/claim") && response.statusCode() != 200 && response.statusCode() != 503) {
                refused.add(response.statusCode() + response.body());
            }
            return response.statusCode() == 503 ? null : response.body();
        } catch (IOException nodeIsAway) {
            return null;
        }
    }

    private HttpResponse<String> send(String base, String path, String token, String body) throws IOException {
        return send(base, path, token, body, "");
    }

    private HttpResponse<String> send(String base, String path, String token, String body, String idempotencyKey)
            throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofSeconds(35))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        if (!idempotencyKey.isEmpty()) {
            request.header("Idempotency-Key", idempotencyKey);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode read(String json) {
        try {
            return Api.JSON.readTree(json);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
