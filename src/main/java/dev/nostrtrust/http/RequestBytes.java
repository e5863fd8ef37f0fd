package dev.nostrtrust.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a plain request, told from its bytes. Whatever is the least bit unusual is not told: framing is for
 * the real parser to judge.
 *
 * @param target the path with its query
 * @param length of head and body together, in bytes
 * @param traceparent the value of that header
 * @param origin the value of that header
 */
record RequestBytes(
        String target,
        long length,
        @Nullable String traceparent,
        @Nullable String origin) {
    private static final int LONGEST_HEAD = 4096;
    private static final String PROTOCOL = " HTTP/1.1";

    /** The request that begins here; null where it is not plain, or its head is not all here. */
    static @Nullable RequestBytes at(ByteBuf bytes) {
        String text = bytes.toString(
                bytes.readerIndex(), Math.min(LONGEST_HEAD, bytes.readableBytes()), StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        int line = text.indexOf("\r\n");
        int target = text.startsWith("GET /") ? 4 : text.startsWith("POST /") ? 5 : -1;
        int targetEnd = line - PROTOCOL.length();
        if (end < 0 || target < 0 || targetEnd <= target || !text.startsWith(PROTOCOL, targetEnd)) {
            return null;
        }
        long length = -1;
        String traceparent = null;
        String origin = null;
        for (int from = line + 2; from < end + 2; ) {
            int to = text.indexOf("\r\n", from);
            if (is("content-length:", text, from)) {
                if (length >= 0) {
                    return null;
                }
                length = number(text.substring(from + "content-length:".length(), to));
                if (length < 0) {
                    return null;
                }
            } else if (is("traceparent:", text, from)) {
                traceparent = text.substring(from + "traceparent:".length(), to).strip();
            } else if (is("origin:", text, from)) {
                origin = text.substring(from + "origin:".length(), to).strip();
            } else if (isUnusual(text, from, to)) {
                return null;
            }
            from = to + 2;
        }
        return new RequestBytes(text.substring(target, targetEnd), end + 4 + Math.max(0, length), traceparent, origin);
    }

    /**
     * Headers that have a say in where a request ends or what is done before it does, and lines that are no headers.
     */
    private static boolean isUnusual(String text, int from, int to) {
        int colon = text.indexOf(':', from);
        return colon < from + 1
                || colon > to
                || text.charAt(from) <= ' '
                || text.charAt(colon - 1) <= ' '
                || is("content-length", text, from)
                || is("transfer-encoding", text, from)
                || is("expect", text, from)
                || is("upgrade", text, from)
                || (is("connection", text, from) && !is("connection: keep-alive\r\n", text, from));
    }

    private static boolean is(String name, String text, int from) {
        return text.regionMatches(true, from, name, 0, name.length());
    }

    /** Up to seven digits, behind one space or none; otherwise negative. */
    private static int number(String value) {
        String digits = value.startsWith(" ") ? value.substring(1) : value;
        if (digits.isEmpty() || digits.length() > 7) {
            return -1;
        }
        for (int i = 0; i < digits.length(); i++) {
            if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
                return -1;
            }
        }
        return Integer.parseInt(digits);
    }
}
