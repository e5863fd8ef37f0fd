package dev.nostrtrust.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.config.Cidr;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientAddressesTest {
    private static final ClientAddresses NO_PROXIES = new ClientAddresses(List.of());
    private static final ClientAddresses PROXIES = trusting("10.0.0.0/8", "2001:db8:ffff::/48", "192.0.2.7");

    private static ClientAddresses trusting(String... networks) {
        return new ClientAddresses(Arrays.stream(networks).map(Cidr::parse).toList());
    }

    private static boolean holds(String network, String address) {
        return Objects.requireNonNull(Cidr.parse(network)).contains(Objects.requireNonNull(Cidr.address(address)));
    }

    @Test
    void without_trusted_proxies_the_peer_is_the_client() {
        assertThat(NO_PROXIES.nameOf("198.51.100.1", List.of("203.0.113.9"))).isEqualTo("198.51.100.1");
        assertThat(PROXIES.nameOf("198.51.100.1", List.of("203.0.113.9"))).isEqualTo("198.51.100.1");
        assertThat(PROXIES.nameOf("192.0.2.8", List.of("203.0.113.9"))).isEqualTo("192.0.2.8");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10.1.2.3  | 203.0.113.9                       | 203.0.113.9",
                "10.1.2.3  | 203.0.113.9, 10.9.9.9             | 203.0.113.9",
                "10.1.2.3  | 1.1.1.1,203.0.113.9 ,192.0.2.7    | 203.0.113.9",
                "192.0.2.7 | 10.0.0.5, 198.51.100.4, 10.0.0.6  | 198.51.100.4",
                "10.1.2.3  | 10.0.0.1,10.0.0.2                 | 10.0.0.1",
                "10.1.2.3  | 203.0.113.9:4711                  | 203.0.113.9",
                "10.1.2.3  | ::ffff:203.0.113.9                | 203.0.113.9",
                "10.1.2.3  | [2001:db8:1:2:3:4:5:6]:443        | 2001:db8:1:2:0:0:0:0/64",
                "2001:db8:ffff::1 | 203.0.113.9                | 203.0.113.9"
            })
    void the_first_untrusted_address_from_the_right_is_the_client(String peer, String forwarded, String client) {
        assertThat(PROXIES.nameOf(peer, List.of(forwarded))).isEqualTo(client);
    }

    @Test
    void several_headers_are_one_list() {
        assertThat(PROXIES.nameOf("10.1.2.3", List.of("1.1.1.1", "203.0.113.9, 10.0.0.1")))
                .isEqualTo("203.0.113.9");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "unknown", "203.0.113.9, localhost", "203.0.113.9,", "203.0.113.9, 300.1.1.1", "[", ",,"})
    void addresses_left_of_an_invalid_one_are_ignored(String forwarded) {
        assertThat(PROXIES.nameOf("10.1.2.3", List.of(forwarded))).isEqualTo("10.1.2.3");
    }

    @Test
    void an_ipv6_network_of_64_bits_is_one_client() {
        assertThat(NO_PROXIES.nameOf("2001:db8:1:2:3:4:5:6", List.of())).isEqualTo("2001:db8:1:2:0:0:0:0/64");
        assertThat(NO_PROXIES.nameOf("2001:db8:1:2:ffff::%eth0", List.of())).isEqualTo("2001:db8:1:2:0:0:0:0/64");
        assertThat(NO_PROXIES.nameOf("2001:db8:1:3::", List.of())).isEqualTo("2001:db8:1:3:0:0:0:0/64");
    }

    @Test
    void a_closed_connection_has_a_name() {
        assertThat(NO_PROXIES.nameOf(null, List.of())).isEqualTo("unknown");
    }

    @Test
    void a_network_contains_addresses_with_its_prefix() {
        assertThat(holds("198.51.100.64/26", "198.51.100.127")).isTrue();
        assertThat(holds("198.51.100.64/26", "198.51.100.128")).isFalse();
        assertThat(holds("198.51.100.64/26", "::1")).isFalse();
        assertThat(holds("0.0.0.0/0", "8.8.8.8")).isTrue();
        assertThat(holds("0.0.0.0/0", "::1")).isFalse();
        assertThat(holds("192.0.2.1/32", "192.0.2.1")).isTrue();
        assertThat(holds("192.0.2.1", "192.0.2.0")).isFalse();
    }

    @Test
    void a_prefix_is_not_longer_than_its_address() {
        InetAddress address = Objects.requireNonNull(Cidr.address("192.0.2.1"));

        assertThat(new Cidr(address, 0).contains(address)).isTrue();
        assertThat(new Cidr(address, 32).contains(address)).isTrue();
        assertThatThrownBy(() -> new Cidr(address, 33)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Cidr(address, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "", "10.0.0.0/-1", "a b"})
    void an_invalid_network_is_not_parsed(String text) {
        assertThat(Cidr.parse(text)).isNull();
    }
}
