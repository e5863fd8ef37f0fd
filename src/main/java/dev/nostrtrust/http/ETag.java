package dev.nostrtrust.http;

import dev.nostrtrust.nostr.Sha256;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Entity tags (RFC 9110): a strong one is the hash of the body. */
final class ETag {
    private ETag() {}

    static String of(Buffer body) {
        byte[] hash = Sha256.of(body.getBytes());
        return '"' + Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, 15)) + '"';
    }

    /** Whether If-None-Match names this tag; a proxy may have made it weak. */
    static boolean matches(List<String> ifNoneMatch, String tag) {
        return ifNoneMatch.stream()
                .flatMap(header -> Arrays.stream(header.split(",", -1)))
                .map(String::strip)
                .anyMatch(candidate -> candidate.equals("*") || candidate.equals(tag) || candidate.equals("W/" + tag));
    }
}
