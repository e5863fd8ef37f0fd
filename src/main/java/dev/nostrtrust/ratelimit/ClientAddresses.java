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
 * From which address a request comes: the peer's, unless the peer is a proxy that is trusted to say whose it is. Pure;
 * any thread.
 *
 * @param trusted the proxies
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
     * The name under which an address is held to a bound; null for a trusted proxy, which stands for many clients.
     *
     * @param peer at the other end of the connection, in numbers; null where it has gone
     * @param forwarded all headers X-Forwarded-For, in their order
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
     * The name of who is counted together: an address of IPv4, or a network of IPv6, which is what one client is given
     * there (64 bits).
     *
     * @param peer at the other end of the connection, in numbers; null where it has gone
     * @param forwarded all headers X-Forwarded-For, in their order
     */
    public String nameOf(@Nullable String peer, List<String> forwarded) {
        InetAddress address = peer == null ? null : Cidr.address(peer);
        return address == null ? "unknown" : name(client(address, String.join(",", forwarded)));
    }

    /**
     * The first address from the right that is not a trusted proxy's: what stands before it, anyone can have made up.
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
            throw new IllegalStateException("an address of IPv6 has 16 bytes", e);
        }
    }
}
