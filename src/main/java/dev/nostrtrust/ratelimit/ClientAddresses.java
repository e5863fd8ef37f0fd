package dev.nostrtrust.ratelimit;

import dev.nostrtrust.config.Cidr;
import dev.nostrtrust.config.Settings;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Determines the client address of a request: the peer's address, or X-Forwarded-For if the peer is a trusted proxy.
 * Pure; any thread.
 *
 * @param trusted networks of the trusted proxies
 */
public record ClientAddresses(List<Cidr> trusted) {
    private static final int NETWORK_BYTES = 8;

    public ClientAddresses {
        trusted = List.copyOf(trusted);
    }

    public static ClientAddresses of(Settings settings) {
        return new ClientAddresses(settings.trustedProxies().orElse(List.of()).stream()
                .map(text -> Objects.requireNonNull(Cidr.parse(text), "settings are checked"))
                .toList());
    }

    /**
     * The name of a client for limits per address; null for a trusted proxy, which carries many clients.
     *
     * @param peer numeric address of the connection's peer; null if the connection is closed
     * @param forwarded values of all X-Forwarded-For headers, in order
     */
    @Nullable
    public String boundedNameOf(@Nullable String peer, List<String> forwarded) {
        InetAddress address = peer == null ? null : Cidr.address(peer);
        if (address == null) {
            return null;
        }
        InetAddress client = client(address, String.join(",", forwarded));
        return isTrusted(client) ? null : name(client);
    }

    /**
     * The name of a client for rate limits: an IPv4 address, or an IPv6 /64 network, because one client usually gets a
     * whole /64.
     *
     * @param peer numeric address of the connection's peer; null if the connection is closed
     * @param forwarded values of all X-Forwarded-For headers, in order
     */
    public String nameOf(@Nullable String peer, List<String> forwarded) {
        InetAddress address = peer == null ? null : Cidr.address(peer);
        return address == null ? "unknown" : name(client(address, String.join(",", forwarded)));
    }

    /**
     * The first address from the right that is not a trusted proxy. A client can forge everything to the left of it.
     */
    private InetAddress client(InetAddress peer, String forwarded) {
        InetAddress client = peer;
        int end = forwarded.length();
        while (end > 0 && isTrusted(client)) {
            int start = forwarded.lastIndexOf(',', end - 1) + 1;
            InetAddress before =
                    Cidr.address(withoutPort(forwarded.substring(start, end).strip()));
            if (before == null) {
                return client;
            }
            client = before;
            end = start - 1;
        }
        return client;
    }

    private boolean isTrusted(InetAddress address) {
        return trusted.stream().anyMatch(network -> network.contains(address));
    }

    /** Some proxies write {@code 192.0.2.1:4711} or {@code [2001:db8::1]:4711}. */
    private static String withoutPort(String text) {
        if (text.startsWith("[")) {
            return text.substring(0, text.indexOf(']') + 1);
        }
        int colon = text.indexOf(':');
        return colon >= 0 && colon == text.lastIndexOf(':') ? text.substring(0, colon) : text;
    }

    private static String name(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address.getHostAddress();
        }
        byte[] network = Arrays.copyOf(Arrays.copyOf(address.getAddress(), NETWORK_BYTES), 2 * NETWORK_BYTES);
        try {
            return InetAddress.getByAddress(network).getHostAddress() + "/64";
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an IPv6 address has 16 bytes", e);
        }
    }
}
