package dev.nostrtrust.bench;

import dev.nostrtrust.nostr.SignatureVerifier;
import fr.acinq.secp256k1.Secp256k1;
import java.util.Arrays;

/** The native verifier of the server, in one thread, over the same keys and messages as {@link LibraryVerification}. */
final class NativeVerification implements Contender {
    private static final int COUNT = 256;

    private final SignatureVerifier verifier = SignatureVerifier.libsecp256k1();
    private final byte[][] signatures = new byte[COUNT][];
    private final byte[][] ids = new byte[COUNT][32];
    private final byte[][] keys = new byte[COUNT][];
    private final BenchOptions options;

    NativeVerification(BenchOptions options) {
        this.options = options;
        for (int i = 0; i < COUNT; i++) {
            byte[] secret = new byte[32];
            Arrays.fill(secret, (byte) Math.min(255, i + 1));
            secret[0] = 1;
            Arrays.fill(ids[i], (byte) i);
            signatures[i] = Secp256k1.get().signSchnorr(ids[i], secret, null);
            keys[i] = Arrays.copyOfRange(Secp256k1.get().pubkeyCreate(secret), 1, 33);
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
            for (int i = 0; i < COUNT; i++) {
                if (!verifier.verify(signatures[i], ids[i], keys[i])) {
                    throw new IllegalStateException("a good signature is refused");
                }
            }
            count += COUNT;
        }
        return count * 1e9 / (System.nanoTime() - start);
    }
}
