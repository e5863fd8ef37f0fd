package dev.nostrtrust.bench;

import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.EventId;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.Sha256;
import fr.acinq.secp256k1.Secp256k1;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Full logins in two timed phases: all challenges, then all proofs. In between all events are signed, which is the work
 * of the users' signers and not timed. Belongs to one thread.
 */
final class Logins {
    private static final int KEYS = 5000;
    private static final double LONGEST_SECONDS = 600;
    private static final List<Signer> SIGNERS = new ArrayList<>();

    private final int count;
    private final int connections;
    private final List<String> nonces = new ArrayList<>();
    private final List<ByteBuffer> proofs = new ArrayList<>();
    private final List<String> tokens = new ArrayList<>();

    /** A secret key with its public key. */
    private record Signer(byte[] secret, PublicKey publicKey) {
        static Signer of(int number) {
            byte[] secret = Sha256.of("secret key " + number);
            byte[] point = Secp256k1.get().pubkeyCreate(secret);
            return new Signer(secret, new PublicKey(Hex.encode(Arrays.copyOfRange(point, 1, 33))));
        }

        String proof(String nonce) {
            long now = Instant.now().getEpochSecond();
            List<List<String>> tags = List.of(
                    List.of("u", Seed.ORIGIN + "/api/identity/verify"),
                    List.of("method", "POST"),
                    List.of("challenge", nonce),
                    List.of("expiration", Long.toString(now + 300)));
            byte[] id = EventId.of(publicKey, now, 27235, tags, "");
            String sig = Hex.encode(Secp256k1.get().signSchnorr(id, secret, null));
            Event event = new Event(Hex.encode(id), publicKey, now, 27235, tags, "", sig);
            return "{\"event\":" + event.toJson().encode() + "}";
        }
    }

    Logins(int count, int connections) {
        this.count = count;
        this.connections = connections;
    }

    /** Logs in, and returns the seconds of both phases. */
    double run(int port) throws IOException {
        double challenges = requestChallenges(port).seconds();
        return challenges + verify(port, 0).seconds();
    }

    /** Requests all challenges, and signs the events that answer them. */
    HttpLoad.Outcome requestChallenges(int port) throws IOException {
        ByteBuffer challenge = HttpRequests.post("/api/identity/challenge", null, "{}");
        HttpLoad.Outcome outcome = phase(port, number -> challenge.duplicate(), nonces, "nonce", 0);
        for (int i = 0; i < count; i++) {
            proofs.add(HttpRequests.post("/api/identity/verify", null, signer(i).proof(nonces.get(i))));
        }
        return outcome;
    }

    /**
     * Sends all proofs.
     *
     * @param rate proofs per second of an open loop; 0 for a closed loop
     */
    HttpLoad.Outcome verify(int port, double rate) throws IOException {
        return phase(port, proofs::get, tokens, "nostr_token", rate);
    }

    /** The tokens of the logins. */
    List<String> tokens() {
        return tokens;
    }

    /** Different users one after the other; each logs in again after all others. */
    private static Signer signer(int number) {
        while (SIGNERS.size() < KEYS) {
            SIGNERS.add(Signer.of(SIGNERS.size()));
        }
        return SIGNERS.get(number % KEYS);
    }

    private interface Requests {
        ByteBuffer get(int number);
    }

    private HttpLoad.Outcome phase(int port, Requests prepared, List<String> found, String field, double rate)
            throws IOException {
        int[] sent = {0};
        List<Conversation> conversations = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            conversations.add(new Conversation() {
                @Override
                public @Nullable ByteBuffer next() {
                    return sent[0] == count ? null : prepared.get(sent[0]++);
                }

                @Override
                public void answered(int status, ByteBuffer body) {
                    HttpRequests.expect(200, status, body);
                    found.add(HttpRequests.text(HttpRequests.string(body), field));
                }
            });
        }
        return new HttpLoad(port, conversations).run(LONGEST_SECONDS, rate);
    }
}
