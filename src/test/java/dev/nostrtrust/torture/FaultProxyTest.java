package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.TestDatabases;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultProxyTest {
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int GLANCE_MILLIS = 100;
    private static final int MUCH = 64 * 1024 * 1024;

    private EchoServer echo;
    private FaultProxy proxy;

    @BeforeEach
    void start() throws IOException {
        echo = EchoServer.start();
        proxy = FaultProxy.to("127.0.0.1", echo.port());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        echo.close();
    }

    @Test
    void bytes_pass_in_both_directions_unaltered() throws IOException {
        byte[] sent = new byte[5_000_000];
        new Random(1).nextBytes(sent);

        try (Socket socket = connect()) {
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> write(socket, sent));
            byte[] back = socket.getInputStream().readNBytes(sent.length);
            writing.join();

            assertThat(Arrays.equals(back, sent)).isTrue();
            assertThat(proxy.accepted()).isEqualTo(1);
            assertThat(proxy.open()).isEqualTo(1);
        }
        Waiting.until(() -> proxy.open() == 0);
    }

    @Test
    void a_side_that_has_said_all_still_hears_the_other_one() throws IOException {
        try (Socket socket = connect()) {
            write(socket, new byte[] {1, 2, 3});
            socket.shutdownOutput();

            assertThat(socket.getInputStream().readAllBytes()).containsExactly(1, 2, 3);
            Waiting.until(() -> proxy.open() == 0);
        }
    }

    @Test
    void what_is_held_hangs_and_goes_on_where_it_stopped() throws IOException {
        try (Socket socket = connect()) {
            roundTrip(socket, 1);
            proxy.hold();
            write(socket, new byte[] {2, 3});

            assertHangs(socket);
            assertThat(echo.heard()).isEqualTo(1);
            proxy.pass();
            assertThat(socket.getInputStream().readNBytes(2)).containsExactly(2, 3);
        }
    }

    @Test
    void a_connection_made_while_all_is_held_hangs_and_then_goes_on() throws IOException {
        proxy.hold();
        try (Socket socket = connect()) {
            write(socket, new byte[] {7});

            assertHangs(socket);
            assertThat(echo.heard()).isEqualTo(0);
            proxy.pass();
            assertThat(socket.getInputStream().read()).isEqualTo(7);
            assertThat(proxy.accepted()).isEqualTo(1);
        }
    }

    @Test
    void who_sends_to_what_is_held_is_held_up_and_loses_nothing() throws IOException {
        long sent = 0;
        try (SocketChannel channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port()))) {
            roundTrip(channel.socket(), 1);
            proxy.hold();
            channel.configureBlocking(false);
            ByteBuffer chunk = ByteBuffer.allocate(64 * 1024);
            for (int refused = 0; refused < 100_000 && sent < MUCH; refused++) {
                chunk.clear();
                int written = channel.write(chunk);
                sent += written;
                refused = written > 0 ? 0 : refused;
            }
            assertThat(sent).isLessThan(MUCH);

            proxy.pass();
            long back = 0;
            channel.configureBlocking(true);
            channel.shutdownOutput();
            for (int read = 0; read >= 0; read = channel.read(chunk.clear())) {
                back += read;
            }
            assertThat(back).isEqualTo(sent);
        }
    }

    @Test
    void a_cut_resets_what_is_open_and_what_is_new_until_it_is_mended() throws IOException {
        try (Socket before = connect();
                Socket held = connect()) {
            roundTrip(before, 1);
            roundTrip(held, 2);
            proxy.hold();
            write(held, new byte[] {3});
            proxy.cut();

            assertReset(before);
            assertReset(held);
            assertThatThrownBy(() -> {
                        try (Socket during = connect()) {
                            during.getInputStream().read();
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(SocketTimeoutException.class);
            assertThat(proxy.open()).isZero();
            proxy.pass();
            try (Socket after = connect()) {
                roundTrip(after, 4);
            }
            assertThat(echo.heard()).isEqualTo(3);
        }
    }

    @Test
    void a_target_that_refuses_is_a_reset() throws IOException {
        try (Socket deaf = new Socket()) {
            deaf.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (FaultProxy toNobody = FaultProxy.to("127.0.0.1", deaf.getLocalPort());
                    Socket socket = connect(toNobody)) {
                assertReset(socket);
            }
        }
    }

    @Test
    void a_closed_proxy_has_reset_everything_and_listens_no_longer() throws IOException {
        try (Socket socket = connect()) {
            roundTrip(socket, 1);
            proxy.close();

            assertReset(socket);
            assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
            assertThatThrownBy(proxy::hold).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void a_database_is_reached_through_it_and_lost_by_a_cut() throws SQLException {
        DatabaseAddress direct = TestDatabases.fresh();
        int port = URI.create(direct.url()).getPort();
        try (FaultProxy between = FaultProxy.to("127.0.0.1", port)) {
            DatabaseAddress address =
                    new DatabaseAddress(direct.url().replace(":" + port + "/", ":" + between.port() + "/"));
            try (var connection = TestDatabases.connect(address);
                    var statement = connection.createStatement()) {
                assertThat(statement.execute("SELECT 1")).isTrue();
                between.cut();

                assertThatThrownBy(() -> statement.execute("SELECT 1")).isInstanceOf(SQLException.class);
                assertThatThrownBy(() -> TestDatabases.connect(address)).isInstanceOf(SQLException.class);
            }
            between.pass();
            try (var connection = TestDatabases.connect(address)) {
                assertThat(connection.isValid(TIMEOUT_MILLIS / 1000)).isTrue();
            }
        }
    }

    private Socket connect() throws IOException {
        return connect(proxy);
    }

    private static Socket connect(FaultProxy through) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), through.port());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return socket;
    }

    private static void roundTrip(Socket socket, int value) throws IOException {
        write(socket, new byte[] {(byte) value});
        assertThat(socket.getInputStream().read()).isEqualTo(value);
    }

    // A proxy that holds never fails this; one that does not is all but sure to answer in time.
    private static void assertHangs(Socket socket) throws IOException {
        socket.setSoTimeout(GLANCE_MILLIS);
        assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        socket.setSoTimeout(TIMEOUT_MILLIS);
    }

    private static void assertReset(Socket socket) {
        assertThatThrownBy(() -> socket.getInputStream().read())
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(SocketTimeoutException.class);
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
