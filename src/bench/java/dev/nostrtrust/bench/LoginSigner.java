package dev.nostrtrust.bench;

import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.EventId;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.Sha256;
import fr.acinq.secp256k1.Secp256k1;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** A user's signer. It uses libsecp256k1, so that the load generator is ready soon. */
final class LoginSigner {
    private static final int KIND = 27_235;
    private static final long LIFE_SECONDS = 300;

    private final byte[] secret;
    private final PublicKey publicKey;

    /** The signer of a user, whose key follows from the number. */
    LoginSigner(int number) {
        secret = Sha256.of("secret key " + number);
        byte[] point = Secp256k1.get().pubkeyCreate(secret);
        publicKey = new PublicKey(Hex.encode(Arrays.copyOfRange(point, 1, 33)));
    }

    /** The body that answers a challenge. */
    String proof(String nonce) {
        long now = Instant.now().getEpochSecond();
        List<List<String>> tags = List.of(
                List.of("u", Seed.ORIGIN + "/api/identity/verify"),
                List.of("method", "POST"),
                List.of("challenge", nonce),
                List.of("expiration", Long.toString(now + LIFE_SECONDS)));
        byte[] id = EventId.of(publicKey, now, KIND, tags, "");
        String sig = Hex.encode(Secp256k1.get().signSchnorr(id, secret, null));
        Event event = new Event(Hex.encode(id), publicKey, now, KIND, tags, "", sig);
        return "{\"event\":" + event.toJson().encode() + "}";
    }
}
