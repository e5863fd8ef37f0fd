package dev.nostrtrust.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Full logins in two timed phases: all challenges, then all proofs. In between all events are signed, which is the work
 * of the users' signers and not timed. Belongs to one thread.
 */
final class Logins {
    private static final int KEYS = 5000;
    private static final double LONGEST_SECONDS = 600;
    private static final List<LoginSigner> SIGNERS = new ArrayList<>();

    private final int count;
    private final int connections;
    private final List<String> nonces = new ArrayList<>();
    private final List<ByteBuffer> proofs = new ArrayList<>();
    private final List<String> tokens = new ArrayList<>();

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
    private static LoginSigner signer(int number) {
        while (SIGNERS.size() < KEYS) {
            SIGNERS.add(new LoginSigner(SIGNERS.size()));
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
