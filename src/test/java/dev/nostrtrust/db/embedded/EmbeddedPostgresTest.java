package dev.nostrtrust.db.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.RecordedLog;
import dev.nostrtrust.fixture.TestDatabases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the embedded PostgreSQL finds in its data directory when it starts. */
class EmbeddedPostgresTest {
    @TempDir
    private static Path parent;

    private static DataDirectory directory;
    private static Path data;

    @BeforeAll
    static void create() {
        directory = DataDirectory.open(parent.resolve("data").toString());
        data = directory.path().resolve("postgres");
        start().close();
    }

    @AfterAll
    static void close() {
        directory.close();
    }

    private static EmbeddedPostgres start() {
        return EmbeddedPostgres.start(directory, TestDatabases.PROGRAMS);
    }

    private static String ask(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection = TestDatabases.connect(postgres.address());
                var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    /** What a PostgreSQL leaves behind that was killed together with its machine or container. */
    private static void leavePid(long pid) throws IOException {
        Files.write(
                data.resolve("postmaster.pid"),
                List.of(Long.toString(pid), data.toString(), "1796000000", "5432", "", "127.0.0.1", "0 0", "ready"));
    }

    @Test
    void a_stale_pid_that_is_a_thread_of_this_process_does_not_keep_it_from_starting() throws Exception {
        Path threads = Path.of("/proc/self/task");
        assumeTrue(Files.isDirectory(threads), "SKIPPED: no /proc here");
        long thread;
        try (var all = Files.list(threads)) {
            thread = all.mapToLong(path -> Long.parseLong(path.getFileName().toString()))
                    .filter(id -> id != ProcessHandle.current().pid())
                    .findFirst()
                    .orElseThrow();
        }
        leavePid(thread);

        try (EmbeddedPostgres postgres = start()) {
            assertThat(ask(postgres, "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void a_stale_pid_that_another_process_has_now_is_neither_trusted_nor_sent_a_signal() throws Exception {
        Process bystander = new ProcessBuilder("sh", "-c", "read line; : postgres -D " + data).start();
        try {
            leavePid(bystander.pid());

            assertThat(PostmasterPid.read(data)).isEmpty();
            try (EmbeddedPostgres postgres = start()) {
                assertThat(ask(postgres, "SELECT 1")).isEqualTo("1");
            }
            assertThat(bystander.isAlive()).isTrue();
        } finally {
            bystander.destroy();
        }
    }

    @Test
    void a_stale_pid_that_another_postgresql_has_now_is_neither_trusted_nor_sent_a_signal() throws Exception {
        Path elsewhere;
        try (Connection connection = TestDatabases.connect(TestDatabases.empty());
                var statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW data_directory")) {
            row.next();
            elsewhere = Path.of(row.getString(1));
        }
        ProcessHandle bystander = PostmasterPid.read(elsewhere).orElseThrow().process();
        leavePid(bystander.pid());

        assertThat(PostmasterPid.read(data)).isEmpty();
        try (EmbeddedPostgres postgres = start()) {
            assertThat(ask(postgres, "SELECT 1")).isEqualTo("1");
        }
        assertThat(bystander.isAlive()).isTrue();
    }

    @Test
    void a_pid_file_that_was_cut_off_is_stale() throws Exception {
        Files.writeString(data.resolve("postmaster.pid"), "");
        start().close();
        Files.writeString(data.resolve("postmaster.pid"), "not a number\n" + data);
        start().close();

        assertThat(data.resolve("postmaster.pid")).doesNotExist();
    }

    @Test
    void one_that_still_runs_there_is_stopped_first() throws Exception {
        EmbeddedPostgres left = start();
        ProcessHandle process = PostmasterPid.read(data).orElseThrow().process();

        try (EmbeddedPostgres postgres = start()) {
            assertThat(PostmasterPid.read(data).orElseThrow().process()).isNotEqualTo(process);
            assertThat(catchThrowable(() -> ask(left, "SELECT 1"))).isNotNull();
            assertThat(ask(postgres, "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void its_data_do_not_depend_on_a_locale_of_the_machine() throws Exception {
        Path configuration = data.resolve("postgresql.conf");
        Files.writeString(
                configuration,
                Files.readString(configuration)
                        .replaceAll("(?m)^(lc_(messages|monetary|time)) = \\S+", "$1 = 'xx_YY.UTF-8'"));

        try (EmbeddedPostgres postgres = start()) {
            assertThat(ask(postgres, "SHOW server_encoding")).isEqualTo("UTF8");
            assertThat(ask(postgres, "SELECT datlocprovider::text || datcollate || datlocale FROM pg_database LIMIT 1"))
                    .isEqualTo("bCC.UTF-8");
            assertThat(ask(postgres, "SHOW lc_messages")).isEqualTo("C");
        }
    }

    @Test
    void a_start_that_fails_says_why_in_postgresqls_words() throws Exception {
        Path configuration = data.resolve("postgresql.conf");
        String good = Files.readString(configuration);
        List<Throwable> failures = new ArrayList<>();

        Files.writeString(configuration, good + "\nwal_level = nonsense\n");
        failures.add(catchThrowable(EmbeddedPostgresTest::start));
        Files.writeString(configuration, good);
        Files.move(data.resolve("PG_VERSION"), data.resolve("PG_VERSION.kept"));
        Files.writeString(data.resolve("PG_VERSION"), "9.6\n");
        failures.add(catchThrowable(EmbeddedPostgresTest::start));
        Files.delete(data.resolve("PG_VERSION"));
        Files.move(data.resolve("PG_VERSION.kept"), data.resolve("PG_VERSION"));

        assertThat(failures.get(0)).hasMessageContaining("wal_level").hasMessageContaining("nonsense");
        assertThat(failures.get(1)).hasMessageContaining("9.6").hasMessageContaining("incompatible");
        assertThat(failures)
                .allSatisfy(failure -> assertThat(failure.getMessage()).doesNotContain("\n", "Exception", secret()));
    }

    @Test
    void what_it_says_while_it_serves_is_in_the_log() throws Exception {
        try (EmbeddedPostgres postgres = start();
                RecordedLog log = new RecordedLog(EmbeddedPostgres.class)) {
            for (int times = 1; times <= 3; times++) {
                int reloads = times;
                ask(postgres, "SELECT pg_reload_conf()");
                Waiting.until(() -> log.lines().stream()
                                .filter(line -> line.startsWith("PostgreSQL: LOG:  received SIGHUP"))
                                .count()
                        == reloads);
            }
            assertThat(log.lines()).doesNotContain("the embedded PostgreSQL has ended");
        }
    }

    private static String secret() throws IOException {
        Matcher text = Pattern.compile("\\S+")
                .matcher(Files.readString(directory.secrets().file("postgres.password")));
        assertThat(text.find()).isTrue();
        return text.group();
    }
}
