package dev.nostrtrust.http;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks the spelling of a path. Each resource has one spelling, so that NIP-98 signatures, rate limits, proxy rules
 * and the router agree (docs/decisions/0009). No path of the API needs an escape. Pure.
 */
final class RequestPath {
    private static final Pattern BAD_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

    private RequestPath() {}

    /** Whether a path has no escape, no empty segment, no dot segment and no trailing slash. */
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

    /** Whether every percent sign of a target begins a valid escape. */
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
