package dev.nostrtrust.storm;

import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Asks for a challenge and sends it back signed. */
final class Login implements Visit {
    private static final byte[] CHALLENGE = Requests.post("/api/identity/challenge", "", "{}");

    private final LoadKey key;
    private final boolean honest;
    private final Consumer<String> token;
    private boolean asked;

    private Login(LoadKey key, boolean honest, Consumer<String> token) {
        this.key = key;
        this.honest = honest;
        this.token = token;
    }

    static Login honest(LoadKey key) {
        return new Login(key, true, token -> {});
    }

    /** An honest login whose token is wanted. */
    static Login honest(LoadKey key, Consumer<String> token) {
        return new Login(key, true, token);
    }

    /** A login that is as it has to be but for its signature. */
    static Login forged(LoadKey key) {
        return new Login(key, false, token -> {});
    }

    @Override
    public byte[] first() {
        return CHALLENGE;
    }

    @Override
    public byte @Nullable [] next(Response answer) {
        if (asked) {
            token.accept(answer.text("nostr_token"));
            return null;
        }
        asked = true;
        return proof(answer.body());
    }

    /** The request that proves the key for the challenge in this body. */
    byte[] proof(String challenge) {
        int template = challenge.indexOf("\"event_template\":");
        String tags = between(challenge, template, "\"tags\":[", "]]") + "]";
        String content = between(challenge, template, "\"content\":\"", "\"");
        String createdAt = between(challenge, template, "\"created_at\":", ",");
        String pubkey = key.pubkey();
        String head = "[0,\"" + pubkey + "\"," + createdAt + ",27235,[" + tags + "],\"" + content + "\"]";
        byte[] id = Sha256.of(head.getBytes(StandardCharsets.UTF_8));
        String signature = key.sign(honest ? id : Sha256.of(id));
        String json = "{\"event\":{\"id\":\"" + Hex.encode(id) + "\",\"pubkey\":\"" + pubkey + "\",\"created_at\":"
                + createdAt + ",\"kind\":27235,\"tags\":[" + tags + "],\"content\":\"" + content + "\",\"sig\":\""
                + signature + "\"}}";
        return Requests.post("/api/identity/verify", "", json);
    }

    private static String between(String text, int from, String before, String after) {
        int start = text.indexOf(before, from) + before.length();
        return text.substring(start, text.indexOf(after, start));
    }
}
