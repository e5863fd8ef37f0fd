package dev.nostrtrust.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Program;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortsTest {
    private static Settings settings(int port, int managementPort) {
        return SettingsReader.of(Map.of(
                        "HTTP_HOST", "127.0.0.1",
                        "HTTP_PORT", Integer.toString(port),
                        "MANAGEMENT_PORT", Integer.toString(managementPort)))
                .settings();
    }

    @Test
    void a_port_that_is_taken_is_named_by_its_setting() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int taken = other.getLocalPort();

            assertThat(catchThrowable(() -> Ports.expectFree(settings(taken, 0))))
                    .hasMessage("HTTP_PORT " + taken + " on 127.0.0.1 is in use: Address already in use");
            assertThat(catchThrowable(() -> Ports.expectFree(settings(0, taken))))
                    .hasMessage("MANAGEMENT_PORT " + taken + " on 127.0.0.1 is in use: Address already in use");
        }
    }

    private static Settings cluster(Map<String, String> replaced) {
        Map<String, String> all = new TreeMap<>(Program.settings(0, 0, "postgresql://nobody@127.0.0.1/none"));
        all.putAll(Map.of("CLUSTER", "hazelcast", "CLUSTER_HOST", "127.0.0.1", "CLUSTER_MEMBERS", "127.0.0.1"));
        all.putAll(Map.of("CLUSTER_PORT", Integer.toString(FreePorts.next()), "BUS_PORT", "0"));
        all.putAll(replaced);
        return SettingsReader.of(all).settings();
    }

    @Test
    void what_keeps_a_node_from_joining_is_named_by_its_setting(@TempDir Path directory) throws IOException {
        String none = directory.resolve("none.pem").toString();
        String bad = Files.writeString(directory.resolve("bad.pem"), "no PEM\n").toString();
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String taken = Integer.toString(other.getLocalPort());

            assertThat(refusal(Map.of("CLUSTER_PORT", taken)))
                    .startsWith("CLUSTER_PORT " + taken + " on 127.0.0.1 is in use");
            assertThat(refusal(Map.of("BUS_PORT", taken))).startsWith("BUS_PORT " + taken + " on 127.0.0.1 is in use");
        }
        assertThat(refusal(Map.of("CLUSTER_HOST", "192.0.2.1"))).startsWith("CLUSTER_HOST 192.0.2.1 is not an address");
        assertThat(refusal(Map.of("CLUSTER_HOST", "0.0.0.0"))).startsWith("CLUSTER_HOST 0.0.0.0 is not an address");
        assertThat(refusal(Map.of("CLUSTER_HOST", "name.invalid")))
                .startsWith("CLUSTER_HOST name.invalid is not an address");
        assertThat(refusal(Map.of("HTTP_HOST", "192.0.2.1")))
                .isEqualTo("HTTP_HOST 192.0.2.1 is not an address of this machine");
        assertThat(refusal(tls(none, none))).isEqualTo("BUS_TLS_CERTIFICATE " + none + ": no such file");
        assertThat(refusal(tls(bad, none))).isEqualTo("BUS_TLS_KEY " + none + ": no such file");
        assertThat(refusal(tls(bad, bad)))
                .startsWith("BUS_TLS_CERTIFICATE " + bad + " and BUS_TLS_KEY " + bad + ": invalid PEM");
    }

    private static Map<String, String> tls(String certificate, String key) {
        return Map.of("BUS_TLS_CERTIFICATE", certificate, "BUS_TLS_KEY", key, "BUS_TLS_AUTHORITY", certificate);
    }

    private static String refusal(Map<String, String> settings) {
        Throwable refusal = catchThrowable(() -> Ports.expectFree(cluster(settings)));
        assertThat(refusal).isInstanceOf(IllegalStateException.class);
        assertThat(refusal.getMessage()).doesNotContain("\n");
        return String.valueOf(refusal.getMessage());
    }

    @Test
    void one_port_is_not_enough_for_both() {
        int port = FreePorts.next();

        assertThat(catchThrowable(() -> Ports.expectFree(settings(port, port))))
                .hasMessageContaining("MANAGEMENT_PORT " + port);
    }

    @Test
    void ports_that_were_looked_at_are_free_again() {
        Settings settings = settings(FreePorts.next(), FreePorts.next());

        Ports.expectFree(settings);
        Throwable again = catchThrowable(() -> Ports.expectFree(settings));

        assertThat(again).isNull();
    }
}
