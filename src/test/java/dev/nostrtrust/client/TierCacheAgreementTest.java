package dev.nostrtrust.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.torture.FaultProxy;
import dev.nostrtrust.trust.model.EffectiveTier;
import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Tier;
import io.vertx.core.Future;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The cache of a consumer against the tiers of a server, over a random life of some keys: payments, faults, decay,
 * locks, blocks and erasures, with cuts of the feed. No answer stays above the true tier; the longest time is printed.
 */
@Tag("full")
class TierCacheAgreementTest {
    private static final int STEPS = Integer.getInteger("cache.steps", 1_000);
    private static final int QUESTIONS = 40;
    private static final int STEPS_BETWEEN_CUTS = 50;
    private static final int KEYS = 12;
    private static final long SEED = 19;
    private static final List<String> TIERS = List.of("anonymous", "new", "established", "trusted", "elite");

    private static final TierCacheOptions OPTIONS = TierCacheOptions.fallingBackTo("anonymous");

    private final Random random = new Random(SEED);
    private final List<PublicKey> keys = Stream.generate(
                    () -> SecretKey.random(new SecureRandom()).publicKey())
            .limit(KEYS)
            .toList();
    private long questions;
    private long hits;
    private Duration longest = Duration.ZERO;

    @Test
    void a_cache_is_never_above_the_true_tier_and_asks_seldom() {
        try (TestServer server = TestServer.start(Map.of("SCORING_INTERVAL", "20ms", "SWEEP_INTERVAL", "50ms"));
                FaultProxy wire = FaultProxy.to("127.0.0.1", server.port())) {
            Instant start = server.clock().instant();
            FeedOptions feed = new FeedOptions(
                    List.of(URI.create("http://127.0.0.1:" + wire.port())),
                    server.token(Scope.SERVICE, "router", Duration.ofDays(365 * 900L)),
                    500,
                    Duration.ofMillis(20),
                    Duration.ofSeconds(20),
                    Duration.ofMillis(20));
            TierCache cache = TestServer.await(TierCache.start(server.vertx(), feed, OPTIONS, () -> Duration.between(
                            start, server.clock().instant())
                    .toNanos()));
            for (int step = 0; step < STEPS; step++) {
                if (step % STEPS_BETWEEN_CUTS == 0) {
                    wire.cut();
                    change(server, keys.get(random.nextInt(KEYS)), step);
                    server.clock().advance(OPTIONS.maxStaleness().plusSeconds(1));
                    assertThat(keys).allSatisfy(key -> assertThat(
                                    TestServer.await(cache.tier(key.hex())).tier())
                            .isEqualTo("anonymous"));
                    wire.pass();
                }
                PublicKey key = keys.get(random.nextInt(KEYS));
                change(server, key, step);
                agrees(server, cache, key);
                for (int i = 0; i < QUESTIONS; i++) {
                    Future<TrustTier> answer =
                            cache.tier(keys.get(random.nextInt(KEYS)).hex());
                    questions++;
                    hits += answer.isComplete() ? 1 : 0;
                    TestServer.await(answer);
                }
                agrees(server, cache, keys.get(random.nextInt(KEYS)));
            }
            TestServer.await(cache.stop());
            System.out.printf(
                    "tier cache: %d of %d answers without a round trip, at most %d ms above%n",
                    hits, questions, longest.toMillis());
            assertThat(hits).isGreaterThanOrEqualTo(questions * 95 / 100);
        }
    }

    private void change(TestServer server, PublicKey key, int step) {
        Api operator = Api.of(server).as(server.token(Scope.OPERATOR));
        String path = "/api/trust/" + key.hex();
        long sats = (long) Math.pow(10, 1 + 4 * random.nextDouble());
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> TestServer.await(server.trust().recordSuccess(key, sats));
            case 4 -> TestServer.await(server.trust().recordFailure(key, FaultReason.UNPAID, sats));
            case 5 -> operator.post(path + "/adjust", "{\"sats\":" + (random.nextBoolean() ? sats : -sats) + "}");
            case 6 -> operator.post(path + "/lock", "{\"tier\":\"" + TIERS.get(random.nextInt(TIERS.size())) + "\"}");
            case 7 -> operator.post(path + "/lock", "{\"tier\":null}");
            case 8 -> operator.post(path + "/block", "{\"blocked\":" + random.nextBoolean() + "}");
            case 9 ->
                server.execute("UPDATE nostr_identities SET erase_after = '"
                        + server.clock().instant() + "' WHERE pubkey = '" + key.hex() + "' AND " + step + " % 7 = 0");
            default -> server.clock().advance(Duration.ofMinutes((long) Math.pow(10, 4.5 * random.nextDouble())));
        }
    }

    /** Waits until the cache is not above the server. The server is asked first and last. */
    private void agrees(TestServer server, TierCache cache, PublicKey key) {
        long begun = System.nanoTime();
        Waiting.until(() -> {
            EffectiveTier before = truth(server, key);
            TrustTier answer = TestServer.await(cache.tier(key.hex()));
            EffectiveTier after = truth(server, key);
            boolean moved = !before.equals(after);
            boolean above =
                    Tier.of(answer.tier()).compareTo(before.tier()) > 0 || (before.blocked() && !answer.blocked());
            return !moved && !above;
        });
        Duration taken = Duration.ofNanos(System.nanoTime() - begun);
        longest = taken.compareTo(longest) > 0 ? taken : longest;
    }

    private static EffectiveTier truth(TestServer server, PublicKey key) {
        return TestServer.await(server.trust().getReport(key))
                .map(report -> report.effective())
                .orElse(new EffectiveTier(Tier.NEW, false, null));
    }
}
