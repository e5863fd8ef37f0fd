package dev.nostrtrust.client;

import static dev.nostrtrust.client.Waiting.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.Config;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The cache of tiers, against a server in memory and with a clock of its own. */
@ExtendWith(VertxExtension.class)
class TierCacheTest {
    private static final String KEY = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e";
    private static final String NPUB = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg";
    private static final Duration STALENESS = Duration.ofMinutes(1);

    private final AtomicLong nanos = new AtomicLong(-1_000_000_000_000L);
    private FakeEngine engine;
    private TierCache cache;

    @BeforeEach
    void start(Vertx vertx) {
        engine = new FakeEngine(vertx);
        cache = await(start(vertx, 1_000));
    }

    @AfterEach
    void stop() {
        await(cache.stop());
    }

    private Future<TierCache> start(Vertx vertx, int maxEntries) {
        TierCacheOptions options = new TierCacheOptions(maxEntries, STALENESS, new TrustTier("anonymous", false));
        return TierCache.start(vertx, engine.options(), options, nanos::get);
    }

    private void pass(Duration time) {
        engine.pass(time);
        nanos.addAndGet(time.toNanos());
    }

    private String tier(String key) {
        TrustTier tier = await(cache.tier(key));
        return tier.tier() + (tier.blocked() ? " blocked" : "");
    }

    private static void until(BooleanSupplier condition) {
        Waiting.until(condition);
    }

    private static String key(int i) {
        return String.format("%064x", i + 1);
    }

    /** Waits until the cache has read the ledger after the clock moved. */
    private void caughtUp() {
        until(() -> {
            tier(key(77));
            int asked = engine.lookups.get();
            tier(key(77));
            return engine.lookups.get() == asked;
        });
    }

    @Test
    void a_key_is_asked_about_once_and_has_one_name() {
        engine.set(KEY, "trusted", false, null);

        assertThat(List.of(tier(KEY), tier(NPUB), tier(NPUB.toUpperCase(Locale.ROOT)), tier(KEY)))
                .containsOnly("trusted");
        assertThat(engine.lookups).hasValue(2);
        assertThatThrownBy(() -> await(cache.tier("nobody"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> await(cache.tier(NPUB.replace('e', 'a')))).hasMessageContaining("checksum");
    }

    @Test
    void questions_at_the_same_time_share_lookups_of_at_most_500_keys() {
        engine.hold();
        List<Future<TrustTier>> all = IntStream.range(0, 1_200)
                .mapToObj(i -> cache.tier(key(i % 600)))
                .toList();
        until(() -> engine.held() == 1);
        engine.letGo();

        assertThat(all).allSatisfy(answer -> assertThat(await(answer).tier()).isEqualTo("new"));
        assertThat(engine.sizes.stream().mapToInt(size -> size).sum()).isEqualTo(601);
        assertThat(engine.sizes).allSatisfy(size -> assertThat(size).isLessThanOrEqualTo(500));
    }

    @Test
    void an_entry_changes_the_tier_without_a_lookup() {
        engine.change(KEY, "elite", false, null);
        assertThat(tier(KEY)).isEqualTo("elite");
        int asked = engine.lookups.get();

        engine.change(KEY, "new", true, null);
        until(() -> tier(KEY).equals("new blocked"));

        assertThat(engine.lookups).hasValue(asked);
    }

    @Test
    void a_server_of_the_next_release_is_understood() {
        engine.set(KEY, "elite", false, null);
        assertThat(tier(KEY)).isEqualTo("elite");
        int asked = engine.lookups.get();

        engine.changeAsNextRelease(KEY, "established", true);
        until(() -> tier(KEY).equals("established blocked"));

        assertThat(engine.lookups).hasValue(asked);
    }

    @Test
    void a_lookup_asks_the_next_server_when_one_is_down(Vertx vertx) {
        FeedOptions right = engine.options();
        List<URI> servers =
                List.of(URI.create("http://127.0.0.1:1"), right.servers().get(0), URI.create("http://127.0.0.1:2"));
        FeedOptions options = new FeedOptions(
                servers, FakeEngine.TOKEN, 100, Duration.ofMinutes(1), right.timeout(), right.maxBackoff());
        TierCache among = await(TierCache.start(
                vertx, options, new TierCacheOptions(10, STALENESS, new TrustTier("anonymous", false)), nanos::get));
        engine.set(KEY, "trusted", false, null);

        assertThat(await(among.tier(KEY)).tier()).isEqualTo("trusted");
        await(among.stop());
    }

    @Test
    void a_tier_is_used_until_it_decays() {
        engine.set(KEY, "trusted", false, FakeEngine.NOW.plus(Duration.ofDays(400)));
        assertThat(tier(KEY)).isEqualTo("trusted");
        engine.set(KEY, "established", false, null);

        pass(Duration.ofDays(400).minusSeconds(1));
        caughtUp();
        assertThat(tier(KEY)).isEqualTo("trusted");
        pass(Duration.ofSeconds(1));
        assertThat(tier(KEY)).isEqualTo("established");
    }

    @Test
    void the_end_of_a_tier_is_a_time_of_the_server() {
        nanos.addAndGet(Duration.ofHours(5).toNanos());
        caughtUp();
        engine.set(KEY, "trusted", false, FakeEngine.NOW.plusSeconds(10));
        assertThat(tier(KEY)).isEqualTo("trusted");
        engine.set(KEY, "established", false, null);
        int asked = engine.lookups.get();

        assertThat(tier(KEY)).isEqualTo("trusted");
        pass(Duration.ofSeconds(10));

        assertThat(tier(KEY)).isEqualTo("established");
        assertThat(engine.lookups).hasValueGreaterThan(asked);
    }

    @Test
    void a_lookup_that_was_overtaken_by_an_entry_changes_nothing() {
        engine.set(KEY, "elite", false, null);
        engine.hold();
        Future<TrustTier> answer = cache.tier(KEY);
        until(() -> engine.held() == 1);
        engine.change(KEY, "new", true, null);
        until(() -> engine.handled.get() == 1);
        engine.letGo();

        assertThat(await(answer)).isEqualTo(new TrustTier("new", true));
        assertThat(tier(KEY)).isEqualTo("new blocked");
    }

    @Test
    void a_cache_that_lags_behind_asks() {
        engine.set(key(4), "elite", true, null);
        assertThat(tier(key(4))).isEqualTo("elite blocked");
        assertThat(tier(KEY)).isEqualTo("new");
        engine.fail(true);
        until(() -> engine.refusedReads.get() > 0);
        nanos.addAndGet(Duration.ofSeconds(30).toNanos());
        assertThat(tier(KEY)).as("remembered").isEqualTo("new");
        nanos.addAndGet(STALENESS.toNanos());
        assertThat(tier(KEY)).as("too old").isEqualTo("anonymous");
        assertThat(tier(key(3))).as("never seen").isEqualTo("anonymous");
        assertThat(tier(key(4))).as("blocked before").isEqualTo("anonymous blocked");

        engine.change(KEY, "elite", false, null);
        engine.fail(false);

        until(() -> tier(KEY).equals("elite"));
    }

    @Test
    void after_a_lookup_that_failed_nobody_is_asked_for_an_interval(Vertx vertx) {
        FeedOptions right = engine.options();
        FeedOptions rare = new FeedOptions(
                right.servers(), FakeEngine.TOKEN, 100, Duration.ofHours(1), right.timeout(), Duration.ofHours(1));
        TierCache patient = await(TierCache.start(
                vertx, rare, new TierCacheOptions(10, STALENESS, new TrustTier("anonymous", false)), nanos::get));
        until(() -> engine.reads.get() > 0);
        IntStream.range(0, 3).forEach(i -> await(patient.tier(key(i))));
        engine.fail(true);

        IntStream.range(0, 3)
                .forEach(i -> assertThat(await(patient.tier(KEY)).tier()).isEqualTo("anonymous"));
        assertThat(engine.refusedLookups).hasValue(1);
        nanos.addAndGet(Duration.ofHours(1).toNanos());
        assertThat(await(patient.tier(KEY)).tier()).isEqualTo("anonymous");

        assertThat(engine.refusedLookups).hasValue(2);
        await(patient.stop());
    }

    @Test
    void a_stopped_cache_still_answers() {
        assertThat(tier(KEY)).isEqualTo("new");
        await(cache.stop());
        nanos.addAndGet(Duration.ofSeconds(30).toNanos());

        assertThat(tier(KEY)).as("remembered").isEqualTo("new");
        assertThat(tier(key(3))).isEqualTo("anonymous");
    }

    @Test
    void an_answer_that_is_not_understood_is_none() {
        engine.confuse(true);
        assertThat(tier(KEY)).isEqualTo("anonymous");

        engine.confuse(false);
        until(() -> tier(KEY).equals("new"));
    }

    @Test
    void the_least_recently_used_keys_are_forgotten(Vertx vertx) {
        TierCache small = await(start(vertx, 2));
        int before = engine.lookups.get();
        for (int i : new int[] {1, 2, 1, 3, 1}) {
            await(small.tier(key(i)));
        }
        assertThat(engine.lookups.get() - before).isEqualTo(3);
        await(small.tier(key(2)));
        assertThat(engine.lookups.get() - before).isEqualTo(4);
        await(small.stop());
    }

    @Test
    void more_keys_than_it_remembers_are_answered_by_one_lookup(Vertx vertx) {
        TierCache small = await(start(vertx, 2));
        engine.hold();
        List<Future<TrustTier>> all = IntStream.range(0, 10)
                .peek(i -> engine.set(key(i), "trusted", false, null))
                .mapToObj(i -> small.tier(key(i)))
                .toList();
        until(() -> engine.held() == 1);
        engine.letGo();

        assertThat(all).allSatisfy(answer -> assertThat(await(answer).tier()).isEqualTo("trusted"));
        await(small.stop());
    }

    @Test
    void a_cluster_without_servers_ends_the_start_with_one_line() {
        Vertx alone = await(Vertx.builder()
                .withClusterManager(new HazelcastClusterManager(clusterOfOne()))
                .buildClustered());
        try {
            assertThatThrownBy(() ->
                            await(TierCache.start(alone, engine.options(), TierCacheOptions.fallingBackTo("new"))))
                    .hasMessage("no server is in the cluster that this process has joined: check its name and members");
            alone.eventBus().consumer("trust.v1.get", message -> {});
            FeedOptions right = engine.options();
            FeedOptions brief = new FeedOptions(
                    right.servers(),
                    FakeEngine.TOKEN,
                    100,
                    right.interval(),
                    Duration.ofMillis(50),
                    right.maxBackoff());
            assertThatThrownBy(() -> await(TierCache.start(alone, brief, TierCacheOptions.fallingBackTo("new"))))
                    .hasMessageContaining("no server answers on the event bus of the cluster")
                    .hasMessageNotContaining("\n");
        } finally {
            await(alone.close());
        }
    }

    private static Config clusterOfOne() {
        Config config = new Config().setClusterName("cluster of one");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
        config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
        return config;
    }

    @Test
    void a_wrong_token_and_an_unreachable_server_end_the_start_with_one_line(Vertx vertx) {
        FeedOptions right = engine.options();
        FeedOptions wrong = new FeedOptions(
                right.servers(), "wrong", right.pageSize(), right.interval(), right.timeout(), right.maxBackoff());
        FeedOptions nowhere = new FeedOptions(
                List.of(URI.create("http://127.0.0.1:1")),
                FakeEngine.TOKEN,
                right.pageSize(),
                right.interval(),
                right.timeout(),
                right.maxBackoff());
        TierCacheOptions options = TierCacheOptions.fallingBackTo("new");

        assertThatThrownBy(() -> await(TierCache.start(vertx, wrong, options)))
                .hasMessageContaining("401: The token is not valid.")
                .hasMessageNotContaining("\n");
        assertThatThrownBy(() -> await(TierCache.start(vertx, nowhere, options)))
                .hasMessageContaining("127.0.0.1")
                .hasMessageNotContaining("\n");
    }
}
