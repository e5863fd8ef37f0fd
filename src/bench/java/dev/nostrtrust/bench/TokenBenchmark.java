package dev.nostrtrust.bench;

import dev.nostrtrust.auth.SignatureWorkers;
import dev.nostrtrust.auth.Tokens;
import dev.nostrtrust.config.KeyRing;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.fixture.TestKeys;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.observe.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Checks a user's token (HS256). */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TokenBenchmark {
    private final Vertx vertx = Vertx.vertx();
    private final Settings settings = SettingsReader.of(Map.of()).settings();
    private final Tokens tokens = new Tokens(
            vertx,
            settings,
            KeyRing.parse("first:" + TestKeys.key(1)),
            SignatureWorkers.start(vertx, settings, Metrics.start()),
            InstantSource.system());
    private final String token = tokens.issue(
                    new PublicKey(Seed.pubkey(1)),
                    UUID.randomUUID(),
                    0,
                    Instant.now().plusSeconds(86_400))
            .result();

    @Benchmark
    public Future<?> check() {
        return tokens.check(token);
    }

    @TearDown
    public void close() {
        vertx.close().await();
    }
}
