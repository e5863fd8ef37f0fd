package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.client.FeedOptions;
import dev.nostrtrust.client.TierCache;
import dev.nostrtrust.client.TierCacheOptions;
import dev.nostrtrust.client.TrustTier;
import dev.nostrtrust.trust.model.Tier;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A cache of tiers, in a member of a cluster of three nodes that are killed and parted while operators and payments
 * change tiers. It is compared with the ledger in the database all the time. Needs root, iproute2 and haproxy.
 */
@Tag("torture")
class TierCacheTortureTest {
    private static final int NODES = 3;
    private static final int CUSTOMERS = 8;
    private static final Duration TIME = Duration.ofMinutes(Integer.getInteger("minutes", 10));
    private static final Duration STALENESS = Duration.ofSeconds(10);
    private static final Duration PARTED = Duration.ofSeconds(12);
    private static final long BOUND_MILLIS = 2_000;
    private static final TrustTier FALLBACK = new TrustTier("anonymous", false);
    private static final List<String> CHANGES = List.of(
            "adjust {\"sats\": 20000}",
            "adjust {\"sats\": 4000}",
            "adjust {\"sats\": -15000}",
            "lock {\"tier\": \"new\"}",
            "lock {\"tier\": \"elite\"}",
            "lock {\"tier\": null}",
            "block {\"blocked\": true}",
            "block {\"blocked\": false}");

    private final Random random = new Random(19);
    /** Of customers who order and pay meanwhile. */
    private List<String> keys = List.of();

    private final Map<String, Long> aboveSince = new HashMap<>();
    private volatile boolean over;
    private long questions;
    private long hits;
    private long changes;
    private long longestNanos;

    @Test
    void a_cache_is_never_above_the_true_tier_for_two_seconds() throws Exception {
        try (NetworkNamespace network = NetworkNamespace.of(NODES);
                Cluster cluster = Cluster.joined(network, Map.of()).behindBalancer()) {
            Load load = Load.begin(cluster, CUSTOMERS, 19);
            load.awaitProgress(CUSTOMERS);
            keys = identities(cluster);
            Vertx vertx = Consumer.member(network, Map.of());
            FeedOptions feed = FeedOptions.of(
                    cluster.nodes().stream()
                            .map(node -> URI.create(node.base()))
                            .toList(),
                    cluster.token(Scope.SERVICE));
            TierCache cache = await(TierCache.start(vertx, feed, new TierCacheOptions(1_000, STALENESS, FALLBACK)));
            Thread changing = new Thread(() -> change(cluster));
            Thread comparing = new Thread(() -> compare(cluster, cache));
            changing.start();
            comparing.start();
            int strikes = strike(network, cluster, load);
            over = true;
            changing.join();
            comparing.join();
            System.out.printf(
                    "tier cache, %d strikes, %d changes: %d of %d answers without a round trip, at most %d ms above%n",
                    strikes, changes, hits, questions, TimeUnit.NANOSECONDS.toMillis(longestNanos));
            assertThat(changes).isPositive();
            assertThat(aboveSince).isEmpty();
            assertThat(TimeUnit.NANOSECONDS.toMillis(longestNanos)).isLessThanOrEqualTo(BOUND_MILLIS);

            withoutServers(cluster, cache);
            await(cache.stop());
            load.end();
            load.drain();
            await(vertx.close());
        }
    }

    private static List<String> identities(Cluster cluster) throws SQLException {
        try (Connection connection = cluster.postgres().connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT pubkey FROM nostr_identities")) {
            List<String> all = new ArrayList<>();
            while (rows.next()) {
                all.add(rows.getString(1));
            }
            return List.copyOf(all);
        }
    }

    /** Kills and parts nodes in turn. */
    private static int strike(NetworkNamespace network, Cluster cluster, Load load) {
        long end = System.nanoTime() + TIME.toNanos();
        int strikes = 0;
        while (System.nanoTime() < end) {
            load.awaitProgress(1);
            if (strikes++ % 2 == 0) {
                Trouble.SERVER_KILLED.strike(cluster, load);
            } else {
                Host victim = network.hosts().get(strikes / 2 % NODES);
                network.cut(victim);
                LockSupport.parkNanos(PARTED.toNanos());
                network.heal(victim);
                cluster.awaitReady();
            }
        }
        return strikes;
    }

    /** Stops all nodes: after the longest staleness every answer is the fallback. */
    private void withoutServers(Cluster cluster, TierCache cache) throws TimeoutException {
        cluster.nodes().forEach(ServerNode::freeze);
        long frozen = System.nanoTime();
        try {
            while (System.nanoTime() - frozen < STALENESS.toNanos()) {
                await(cache.tier(keys.get(0)));
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
            for (String key : keys) {
                assertThat(await(cache.tier(key)).tier()).isEqualTo(FALLBACK.tier());
            }
        } finally {
            cluster.nodes().forEach(ServerNode::goOn);
        }
        cluster.awaitReady();
    }

    /** Changes tiers as an operator until it is over. A node that does not answer changes nothing. */
    private void change(Cluster cluster) {
        HttpClient http =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
        while (!over) {
            String[] change = CHANGES.get(random.nextInt(CHANGES.size())).split(" ", 2);
            ServerNode node = cluster.nodes().get(random.nextInt(NODES));
            String key = keys.get(random.nextInt(keys.size()));
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create(node.base() + "/api/trust/" + key + "/" + change[0]))
                    .timeout(Duration.ofSeconds(2))
                    .header("Authorization", "Bearer " + cluster.token(Scope.OPERATOR))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(change[1]))
                    .build();
            try {
                boolean done = http.send(request, HttpResponse.BodyHandlers.discarding())
                                .statusCode()
                        == 200;
                changes += done ? 1 : 0;
            } catch (IOException nodeIsAway) {
                // The next change asks a random node again.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
    }

    private void compare(Cluster cluster, TierCache cache) {
        try (Connection connection = cluster.postgres().connect()) {
            while (!over || !aboveSince.isEmpty()) {
                for (String key : keys) {
                    Future<TrustTier> answer = cache.tier(key);
                    questions++;
                    hits += answer.isComplete() ? 1 : 0;
                    compare(key, await(answer), truth(connection, key));
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        } catch (SQLException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    private void compare(String key, TrustTier answer, TrustTier truth) {
        boolean above = Tier.of(answer.tier()).compareTo(Tier.of(truth.tier())) > 0
                || (truth.blocked() && !answer.blocked() && !answer.equals(FALLBACK));
        if (above) {
            long since = aboveSince.computeIfAbsent(key, first -> System.nanoTime());
            longestNanos = Math.max(longestNanos, System.nanoTime() - since);
        } else {
            aboveSince.remove(key);
        }
    }

    /** The tier of the last entry that is committed; no tier of this test decays within minutes. */
    private static TrustTier truth(Connection connection, String key) throws SQLException {
        try (var statement = connection.prepareStatement(
                "SELECT trust_tier, blocked FROM trust_ledger WHERE pubkey = ? AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1")) {
            statement.setString(1, key);
            try (var rows = statement.executeQuery()) {
                return rows.next() ? new TrustTier(rows.getString(1), rows.getBoolean(2)) : new TrustTier("new", false);
            }
        }
    }

    private static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(60, TimeUnit.SECONDS);
    }
}
