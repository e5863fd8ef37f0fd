package dev.nostrtrust.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Requires;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.fixture.Tool;
import dev.nostrtrust.observe.Metrics;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The server behind a PgBouncer that has its default settings. */
@Tag("full")
@Requires(Tool.PGBOUNCER)
@ExtendWith(VertxExtension.class)
class PgBouncerTest {
    private final DatabaseAddress database = TestDatabases.empty();
    private final List<Process> started = new ArrayList<>();

    @TempDir
    private Path directory = Path.of("");

    @AfterEach
    void stop() throws InterruptedException {
        for (Process process : started) {
            process.destroy();
            process.waitFor();
        }
    }

    /** The same database by way of a PgBouncer in this mode. */
    private DatabaseAddress behind(String mode) throws IOException {
        PgConnectOptions direct = database.options();
        int port = FreePorts.next();
        Path users = Files.writeString(
                directory.resolve("users.txt"), "\"" + direct.getUser() + "\" \"" + direct.getPassword() + "\"\n");
        Path configuration = Files.writeString(
                directory.resolve("pgbouncer.ini"), """
                [databases]
                * = host=127.0.0.1 port=%d
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = %s
                pool_mode = %s
                """.formatted(direct.getPort(), port, users, mode));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> command =
                new ArrayList<>(List.of(Tool.pgBouncer().orElseThrow().toString(), configuration.toString()));
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("-u", "nobody"));
        }
        started.add(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start());
        Waiting.until(() -> {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
            } catch (IOException e) {
                return false;
            }
        });
        return new DatabaseAddress(database.url().replace(":" + direct.getPort() + "/", ":" + port + "/"));
    }

    @Test
    void in_session_mode_with_its_defaults_it_is_like_the_database_itself(Vertx vertx) throws IOException {
        DatabaseAddress address = behind("session");
        Settings settings = SettingsReader.of(Map.of(
                        "DATABASE_STATEMENT_TIMEOUT", "12345ms",
                        "DATABASE_CONNECT_TIMEOUT", "20s",
                        "DATABASE_WATCH_TIMEOUT", "10s"))
                .settings();

        Migrations.apply(address);
        Database opened = Database.open(vertx, address, settings, Metrics.start());
        try {
            String timeout = TestServer.await(opened.execute("SHOW statement_timeout", Tuple.tuple()))
                    .iterator()
                    .next()
                    .getString(0);
            String inTransaction = TestServer.await(opened.transaction(connection -> connection
                    .preparedQuery("SHOW statement_timeout")
                    .execute()
                    .map(rows -> rows.iterator().next().getString(0))));

            assertThat(timeout).isEqualTo("12345ms");
            assertThat(inTransaction).isEqualTo("12345ms");
            assertThat(opened.awayReason()).isNull();
        } finally {
            TestServer.await(opened.close());
        }
    }

    @Test
    void in_transaction_mode_it_is_refused_at_the_start() throws IOException {
        DatabaseAddress address = behind("transaction");

        assertThatThrownBy(() -> Migrations.apply(address))
                .hasMessageContaining("behind a pooler in transaction mode")
                .hasMessageNotContaining("\n");
    }

    @Test
    void what_it_refuses_is_said_in_its_own_words() throws IOException {
        DatabaseAddress address = new DatabaseAddress(behind("session").url() + "?options=-c%20search_path%3Dpublic");

        assertThatThrownBy(() -> Migrations.apply(address))
                .hasMessageContaining("unsupported startup parameter: options")
                .hasMessageContaining("docs/database.md");
    }
}
