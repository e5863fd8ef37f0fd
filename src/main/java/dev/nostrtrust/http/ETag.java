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

    /**
     * Whether If-None-Match names this tag. A proxy that compresses makes the tag weak, or puts the coding at its end,
     * such as {@code -gzip} or {@code ;br}. All tags have one length, so a tag that begins like this one is this one.
     */
    static boolean matches(List<String> ifNoneMatch, String tag) {
        String begin = tag.substring(0, Math.max(0, tag.length() - 1));
        return ifNoneMatch.stream()
                .flatMap(header -> Arrays.stream(header.split(",", -1)))
                .map(String::strip)
                .map(candidate -> candidate.startsWith("W/") ? candidate.substring(2) : candidate)
                .anyMatch(candidate -> candidate.equals("*") || (!begin.isEmpty() && candidate.startsWith(begin)));
    }
}
