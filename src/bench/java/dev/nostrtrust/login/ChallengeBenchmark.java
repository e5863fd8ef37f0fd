package dev.nostrtrust.login;

import dev.nostrtrust.config.KeyRing;
import dev.nostrtrust.fixture.TestKeys;
import dev.nostrtrust.login.Challenge.Purpose;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Issues and opens challenges. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ChallengeBenchmark {
    private static final String ORIGIN = "https://trust.example";
    private static final Duration TTL = Duration.ofMinutes(5);

    private final SecureRandom random = new SecureRandom();
    private final ChallengeCodec codec = new ChallengeCodec(KeyRing.parse("first:" + TestKeys.key(1)));
    private String nonce = "";

    @Setup
    public void issueOne() {
        nonce = issue();
    }

    @Benchmark
    public String issue() {
        byte[] bytes = new byte[ChallengeCodec.RANDOM_LENGTH];
        random.nextBytes(bytes);
        return codec.issue(Purpose.LOGIN, ORIGIN, Instant.now(), TTL, bytes);
    }

    @Benchmark
    public Object open() {
        return codec.open(nonce, Purpose.LOGIN, List.of(ORIGIN));
    }
}
