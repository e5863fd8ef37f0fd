package dev.nostrtrust.config;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A block of IP addresses in CIDR notation. Names are never resolved.
 *
 * @param prefix the length of the prefix in bits: 0 to 32, or 0 to 128 for IPv6
 */
public record Cidr(InetAddress address, int prefix) {
    private static final Pattern FORM = Pattern.compile("([0-9A-Fa-f.:]{2,45})(?:/(\\d{1,3}))?");

    public Cidr {
        if (prefix < 0 || prefix > bits(address)) {
            throw new IllegalArgumentException("the prefix is longer than the address");
        }
    }

    /** Parses {@code 10.0.0.0/8}, {@code 2001:db8::/32} or one address; returns null for any other text. */
    public static @Nullable Cidr parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        InetAddress address = form.matches() ? address(form.group(1)) : null;
        if (address == null) {
            return null;
        }
        int prefix = form.group(2) == null ? bits(address) : Integer.parseInt(form.group(2));
        return prefix > bits(address) ? null : new Cidr(address, prefix);
    }

    /** Parses a numeric address; returns null for any other text. An IPv4-mapped IPv6 address becomes IPv4. */
    public static @Nullable InetAddress address(String literal) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(literal);
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (java.net.UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }

    public boolean contains(InetAddress other) {
        byte[] ours = address.getAddress();
        byte[] theirs = other.getAddress();
        if (ours.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit++) {
            int mask = 0x80 >> (bit % 8);
            if ((ours[bit / 8] & mask) != (theirs[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }

    private static int bits(InetAddress address) {
        return address.getAddress().length * 8;
    }
}
