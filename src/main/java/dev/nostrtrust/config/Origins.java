package dev.nostrtrust.config;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The public origins of this server. They come from settings, never from the headers of a request.
 *
 * @param all at least one, such as {@code https://example.com}; the first is the default of challenges
 */
public record Origins(List<String> all) {

    private static final Pattern FORM =
            Pattern.compile("(?i)(https?)://(\\[[0-9a-f:]+]|[^\\s/?#@:\\[\\]]+)(?::0*([0-9]{1,5}))?");
    private static final Pattern NAME = Pattern.compile("[a-z0-9_-]+(\\.[a-z0-9_-]+)*");
    private static final Pattern NUMBER = Pattern.compile("(.*\\.)?(\\d+|0x[0-9a-f]*)");

    public Origins {
        all = all.stream().map(Origins::normalize).distinct().toList();
        if (all.isEmpty()) {
            throw new IllegalArgumentException("at least one origin is required");
        }
    }

    /** The given origin if it is one of these, otherwise the first. */
    public String orFirst(@org.jspecify.annotations.Nullable String origin) {
        return origin != null && all.contains(origin) ? origin : all.get(0);
    }

    /** The host and port of an origin, as in an address bar. */
    public static String authority(String origin) {
        return origin.substring(origin.indexOf("://") + 3);
    }

    /**
     * Normalizes an origin to the form that browsers send (RFC 6454, section 6.2): lower case, no default port.
     *
     * @throws IllegalArgumentException with the problem, to be printed after the text
     */
    public static String normalize(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException("which is not an origin such as https://example.com");
        }
        String scheme = form.group(1).toLowerCase(Locale.ROOT);
        int standard = scheme.equals("https") ? 443 : 80;
        int port = form.group(3) == null ? standard : Integer.parseInt(form.group(3));
        if (port == 0 || port > 65535) {
            throw new IllegalArgumentException("whose port is not from 1 to 65535");
        }
        String host = host(form.group(2).toLowerCase(Locale.ROOT));
        return scheme + "://" + host + (port == standard ? "" : ":" + port);
    }

    private static String host(String host) {
        if (host.startsWith("[")) {
            InetAddress address = Cidr.address(host);
            if (address instanceof Inet6Address ipv6) {
                return '[' + NetUtil.toAddressString(ipv6) + ']';
            }
            throw new IllegalArgumentException("whose host is not an IPv6 address");
        }
        if (host.endsWith(".")) {
            throw new IllegalArgumentException("whose host ends with a dot: browsers treat it as another origin");
        }
        if (!host.chars().allMatch(next -> next < 0x80)) {
            throw new IllegalArgumentException("whose host must be in Punycode (xn--...), as browsers send it");
        }
        boolean number = NUMBER.matcher(host).matches();
        if (!NAME.matcher(host).matches() || (number && !isIpv4(host))) {
            throw new IllegalArgumentException("whose host is neither a name nor an address");
        }
        return host;
    }

    private static boolean isIpv4(String host) {
        InetAddress address = Cidr.address(host);
        return address != null && address.getHostAddress().equals(host);
    }
}
