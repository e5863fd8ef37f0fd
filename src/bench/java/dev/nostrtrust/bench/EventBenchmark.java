package dev.nostrtrust.bench;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.EventId;
import dev.nostrtrust.nostr.EventLimits;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.nostr.SignatureVerifier;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Parses the event of a login, computes its id, and verifies its signature. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class EventBenchmark {
    private final Event event = SecretKey.random(new SecureRandom())
            .sign(
                    1_767_225_600,
                    27_235,
                    List.of(
                            List.of("u", Seed.ORIGIN + "/api/identity/verify"),
                            List.of("method", "POST"),
                            List.of("challenge", "A".repeat(88)),
                            List.of("expiration", "1767225900")),
                    "Sign in to trust.example",
                    new SecureRandom());
    private final byte[] json = event.toJson().encode().getBytes(StandardCharsets.UTF_8);
    private final byte[] id = Hex.decode(event.id());
    private final byte[] key = event.pubkey().bytes();
    private final byte[] sig = Hex.decode(event.sig());
    private final SignatureVerifier libsecp256k1 = SignatureVerifier.libsecp256k1();
    private final SignatureVerifier bouncyCastle = SignatureVerifier.bouncyCastle();

    @Benchmark
    public byte[] parseAndId() {
        return EventId.of(Event.parse(Json.parse(json), EventLimits.LOGIN));
    }

    @Benchmark
    public boolean verifyNative() {
        return libsecp256k1.verify(sig, id, key);
    }

    @Benchmark
    public boolean verifyBouncyCastle() {
        return bouncyCastle.verify(sig, id, key);
    }
}
