package dev.nostrtrust.http;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which spellings of a path are served: one for each resource, so that a signature over an address (NIP-98), a rate, a
 * proxy's rule and the router mean the same. No path here needs an escape. Pure.
 */
final class RequestPath {
    private static final Pattern BAD_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

    private RequestPath() {}

    /** Whether this path has no escape, no empty or dot segment, and no slash at its end. */
    static boolean isCanonical(@Nullable String path) {
        if (path == null || path.isEmpty() || path.charAt(0) != '/') {
            return false;
        }
        int segment = 1;
        for (int i = 1; i <= path.length(); i++) {
            char next = i == path.length() ? '/' : path.charAt(i);
            if (next == '%') {
                return false;
            }
            if (next == '/') {
                if (isOdd(path, segment, i) && path.length() > 1) {
                    return false;
                }
                segment = i + 1;
            }
        }
        return true;
    }

    /** Whether every percent sign of an address begins an escape. */
    static boolean hasGoodEscapes(String address) {
        return address.indexOf('%') < 0 || !BAD_ESCAPE.matcher(address).find();
    }

    private static boolean isOdd(String path, int from, int to) {
        return switch (to - from) {
            case 0 -> true;
            case 1 -> path.charAt(from) == '.';
            case 2 -> path.charAt(from) == '.' && path.charAt(from + 1) == '.';
            default -> false;
        };
    }
}
