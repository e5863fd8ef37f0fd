package dev.nostrtrust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.nostrtrust.platform.Settings;
import dev.nostrtrust.platform.SettingsReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.Test;

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
                    .hasMessage("HTTP_PORT " + taken + " on 127.0.0.1 is taken: Address already in use");
            assertThat(catchThrowable(() -> Ports.expectFree(settings(0, taken))))
                    .hasMessage("MANAGEMENT_PORT " + taken + " on 127.0.0.1 is taken: Address already in use");
        }
    }

    @Test
    void one_port_is_not_enough_for_both() {
        int port = Program.freePort();

        assertThat(catchThrowable(() -> Ports.expectFree(settings(port, port))))
                .hasMessageContaining("MANAGEMENT_PORT " + port);
    }

    @Test
    void ports_that_were_looked_at_are_free_again() {
        Settings settings = settings(Program.freePort(), Program.freePort());

        Ports.expectFree(settings);
        Throwable again = catchThrowable(() -> Ports.expectFree(settings));

        assertThat(again).isNull();
    }
}
