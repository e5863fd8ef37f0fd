package dev.nostrtrust.http;

import dev.nostrtrust.nostr.Sha256;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Entity tags (RFC 9110, section 8.8.3); a tag is the hash of the body. */
final class ETag {
    private ETag() {}

    static String of(Buffer body) {
        byte[] hash = Sha256.of(body.getBytes());
        return '"' + Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, 15)) + '"';
    }

    /**
     * Whether If-None-Match contains a tag. A compressing proxy makes a tag weak or appends the coding, such as
     * {@code -gzip} or {@code ;br}. All tags have the same length, so a common prefix identifies the tag.
     */
    static boolean matches(List<String> ifNoneMatch, String tag) {
        if (ifNoneMatch.isEmpty()) {
            return false;
        }
        String begin = tag.substring(0, Math.max(0, tag.length() - 1));
        return ifNoneMatch.stream()
                .flatMap(header -> Arrays.stream(header.split(",", -1)))
                .map(String::strip)
                .map(candidate -> candidate.startsWith("W/") ? candidate.substring(2) : candidate)
                .anyMatch(candidate -> candidate.equals("*") || (!begin.isEmpty() && candidate.startsWith(begin)));
    }
}
