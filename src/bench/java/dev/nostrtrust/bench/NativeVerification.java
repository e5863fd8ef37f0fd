package dev.nostrtrust.bench;

import dev.nostrtrust.nostr.SignatureVerifier;
import fr.acinq.secp256k1.Secp256k1;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The native verifier of the server, in one thread, over the same keys and messages as {@link LibraryVerification}. */
final class NativeVerification implements Contender {
    private static final int COUNT = 256;

    private final SignatureVerifier verifier = SignatureVerifier.libsecp256k1();
    private final List<Signed> signed = new ArrayList<>();
    private final BenchOptions options;

    private record Signed(byte[] signature, byte[] id, byte[] key) {}

    NativeVerification(BenchOptions options) {
        this.options = options;
        for (int i = 0; i < COUNT; i++) {
            byte[] secret = new byte[32];
            Arrays.fill(secret, (byte) Math.min(255, i + 1));
            secret[0] = 1;
            byte[] id = new byte[32];
            Arrays.fill(id, (byte) i);
            byte[] point = Secp256k1.get().pubkeyCreate(secret);
            signed.add(new Signed(
                    Secp256k1.get().signSchnorr(id, secret, null), id, Arrays.copyOfRange(point, 1, 33)));
        }
    }

    @Override
    public void warmUp() {
        run(Math.min(options.warmup(), 5));
    }

    @Override
    public Sample measure() {
        return Sample.of(run(options.seconds()));
    }

    private double run(int seconds) {
        long start = System.nanoTime();
        long count = 0;
        while (System.nanoTime() - start < seconds * 1_000_000_000L) {
            for (Signed each : signed) {
                if (!verifier.verify(each.signature(), each.id(), each.key())) {
                    throw new IllegalStateException("a good signature is refused");
                }
            }
            count += COUNT;
        }
        return count * 1e9 / (System.nanoTime() - start);
    }
}
