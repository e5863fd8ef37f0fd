package dev.nostrtrust.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.BusCertificates;
import dev.nostrtrust.fixture.Program;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.fixture.Tool;
import dev.nostrtrust.observe.Metrics;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What DATABASE_URL asks for holds for both drivers, and what fails says why. */
@ExtendWith(VertxExtension.class)
class DatabaseConnectionTest {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final String SSL = "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

    private static Vertx vertx;
    private static DatabaseAddress database;
    private static String authority = "";
    private static String otherAuthority = "";

    /** The server takes TLS as well as plain text from here on. */
    @BeforeAll
    static void encrypt(Vertx started, @TempDir Path directory) throws IOException {
        vertx = started;
        BusCertificates ours = BusCertificates.of(directory.resolve("ours"));
        Map<String, String> server = ours.member("localhost");
        authority = Objects.requireNonNull(server.get("BUS_TLS_AUTHORITY"));
        otherAuthority = Objects.requireNonNull(BusCertificates.of(directory.resolve("others"))
                .member("localhost")
                .get("BUS_TLS_AUTHORITY"));
        Files.setPosixFilePermissions(Path.of(server.get("BUS_TLS_KEY")), PosixFilePermissions.fromString("rw-------"));
        database = new DatabaseAddress(TestDatabases.fresh().url().replace("@127.0.0.1:", "@localhost:"));
        execute(database, "ALTER SYSTEM SET ssl_cert_file = '" + server.get("BUS_TLS_CERTIFICATE") + "'");
        execute(database, "ALTER SYSTEM SET ssl_key_file = '" + server.get("BUS_TLS_KEY") + "'");
        execute(database, "ALTER SYSTEM SET ssl_ca_file = '" + authority + "'");
        execute(database, "ALTER SYSTEM SET ssl = on");
        execute(database, "SELECT pg_reload_conf()");
        Waiting.until(
                () -> number(database, "SELECT count(*) FROM pg_settings WHERE name = 'ssl' AND setting = 'on'") == 1);
    }

    @AfterAll
    static void plainAgain() {
        execute(database, "ALTER SYSTEM SET ssl = off");
        execute(database, "SELECT pg_reload_conf()");
    }

    private static void execute(DatabaseAddress address, String sql) {
        try (Connection connection = TestDatabases.connect(address);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long number(DatabaseAddress address, String sql) {
        return Long.parseLong(byJdbc(address, sql));
    }

    private static String byJdbc(DatabaseAddress address, String sql) {
        try (Connection connection = JdbcConnections.open(address);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Database open(DatabaseAddress address) {
        Map<String, String> settings = new TreeMap<>(Map.of(
                "DATABASE_CONNECT_TIMEOUT", "20s",
                "DATABASE_STATEMENT_TIMEOUT", "20s",
                "DATABASE_WATCH_TIMEOUT", "10s",
                "DATABASE_WATCH_INTERVAL", "20ms"));
        return Database.open(vertx, address, SettingsReader.of(settings).settings(), Metrics.start());
    }

    private static String reactively(Database database, String sql) {
        return TestServer.await(database.execute(sql, Tuple.tuple()))
                .iterator()
                .next()
                .getString(0);
    }

    private static String reactively(DatabaseAddress address, String sql) {
        Database opened = open(address);
        try {
            return reactively(opened, sql);
        } finally {
            TestServer.await(opened.close());
        }
    }

    /** Why the reactive driver cannot connect. */
    private static String awayReason(DatabaseAddress address) {
        Database opened = open(address);
        try {
            Waiting.until(() -> opened.awayReason() != null);
            return String.valueOf(opened.awayReason());
        } finally {
            TestServer.await(opened.close());
        }
    }

    private static DatabaseAddress with(DatabaseAddress address, String query) {
        return new DatabaseAddress(address.url() + query);
    }

    private static DatabaseAddress as(DatabaseAddress address, String user, String password) {
        return new DatabaseAddress(address.url().replaceFirst("//[^@]*@", "//" + user + ":" + password + "@"));
    }

    /** A new role with a password. */
    private static String role(String password) {
        String role = "role_" + COUNT.incrementAndGet();
        execute(database, "CREATE ROLE " + role + " LOGIN PASSWORD '" + password.replace("'", "''") + "'");
        return role;
    }

    @ParameterizedTest
    @CsvSource({
        "'', false",
        "?sslmode=disable, false",
        "?sslmode=allow, false",
        "?sslmode=prefer, true",
        "?sslmode=require, true",
        "?sslmode=require&sslrootcert=AUTHORITY, true",
        "?sslmode=verify-ca&sslrootcert=AUTHORITY, true",
        "?sslmode=verify-full&sslrootcert=AUTHORITY, true"
    })
    void both_drivers_encrypt_as_the_mode_says(String query, String encrypted) {
        DatabaseAddress address = with(database, query.replace("AUTHORITY", authority));

        assertThat(byJdbc(address, SSL)).isEqualTo(encrypted);
        assertThat(reactively(address, SSL)).isEqualTo(encrypted);
    }

    @ParameterizedTest
    @CsvSource({
        "verify-ca&sslrootcert=OTHER",
        "verify-full&sslrootcert=OTHER",
        "require&sslrootcert=OTHER",
        "verify-ca",
        "verify-full",
        "verify-full&sslrootcert=system"
    })
    void both_drivers_refuse_a_server_that_another_authority_vouches_for(String mode) {
        DatabaseAddress address = with(database, "?sslmode=" + mode.replace("OTHER", otherAuthority));

        assertThatThrownBy(() -> Migrations.apply(address))
                .hasMessageStartingWith("The database at " + address + " cannot be reached: TLS: ")
                .hasMessageNotContaining("\n");
        assertThat(awayReason(address)).startsWith("TLS: ");
    }

    /** Java reads its trust store once: a process of its own has another one. */
    @Test
    @Tag("full")
    void both_drivers_trust_an_authority_of_the_trust_store_of_java(@TempDir Path directory) throws Exception {
        Path store = directory.resolve("trust.p12");
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream certificate = Files.newInputStream(Path.of(authority))) {
            trusted.setCertificateEntry(
                    "authority", CertificateFactory.getInstance("X.509").generateCertificate(certificate));
        }
        try (OutputStream file = Files.newOutputStream(store)) {
            trusted.store(file, "changeit".toCharArray());
        }
        List<String> options = List.of(
                "-Xmx128m", "-Djavax.net.ssl.trustStore=" + store, "-Djavax.net.ssl.trustStorePassword=changeit");
        List<String> urls = Stream.of("?sslmode=verify-ca", "?sslmode=verify-full", "?sslrootcert=system")
                .map(query -> with(database, query).url())
                .toList();

        Tool.Outcome outcome = Tool.run(
                Path.of("."), Map.of(), Program.commandOf(Both.class.getName(), options, urls.toArray(String[]::new)));

        assertThat(outcome.output()).contains("encrypted: [true, true, true, true, true, true]");
        assertThat(outcome.exitStatus()).isZero();
    }

    /** Prints whether both drivers connect with TLS to each address. */
    static final class Both {
        private Both() {}

        public static void main(String[] urls) {
            // The threads of Vert.x would keep a process alive whose main thread has failed.
            Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
                failure.printStackTrace();
                Runtime.getRuntime().halt(1);
            });
            vertx = Vertx.vertx();
            List<String> encrypted = Stream.of(urls)
                    .map(DatabaseAddress::new)
                    .flatMap(address -> Stream.of(byJdbc(address, SSL), reactively(address, SSL)))
                    .toList();
            System.out.println("encrypted: " + encrypted);
            System.exit(0);
        }
    }

    @Test
    void a_name_that_is_not_in_the_certificate_is_refused_in_full_verification_alone() {
        DatabaseAddress byNumber = new DatabaseAddress(database.url().replace("@localhost:", "@127.0.0.1:"));
        DatabaseAddress full = with(byNumber, "?sslmode=verify-full&sslrootcert=" + authority);

        assertThatThrownBy(() -> Migrations.apply(full)).hasMessageContaining("127.0.0.1");
        assertThat(awayReason(full)).startsWith("TLS: ");
        assertThat(reactively(with(byNumber, "?sslmode=verify-ca&sslrootcert=" + authority), SSL))
                .isEqualTo("true");
    }

    @Test
    void a_certificate_file_that_is_missing_ends_the_start_with_its_name() {
        DatabaseAddress address = with(database, "?sslmode=verify-full&sslrootcert=/nowhere/ca.pem");

        assertThatThrownBy(() -> Migrations.apply(address))
                .hasMessageContaining("the file of sslrootcert in DATABASE_URL cannot be read: /nowhere/ca.pem")
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @CsvSource({
        "?search_path=trust",
        "?search_path=trust%2Cpublic",
        "?options=-c%20search_path%3Dtrust",
        "?options=-c search_path=trust"
    })
    void tables_are_made_where_the_server_reads_them(String query) {
        DatabaseAddress empty = TestDatabases.empty();
        execute(empty, "CREATE SCHEMA trust");
        DatabaseAddress address = with(empty, query);

        Migrations.apply(address);
        Migrations.apply(address);

        String tables = "SELECT count(*)::text FROM pg_tables WHERE schemaname = ";
        assertThat(byJdbc(empty, tables + "'public'")).isEqualTo("0");
        assertThat(byJdbc(empty, tables + "'trust'")).isNotEqualTo("0");
        assertThat(reactively(address, "SELECT count(*)::text FROM trust_head")).isEqualTo("1");
    }

    @ParameterizedTest
    @CsvSource({"a b, a%20b", "a/b, a%2Fb", "a+b, a+b", "a%b?#, a%25b%3F%23", "dä, dä"})
    void a_database_may_have_any_name(String name, String written) {
        execute(database, "CREATE DATABASE \"" + name + "\"");
        DatabaseAddress address = new DatabaseAddress(database.url().replaceFirst("/[^/]*$", "/" + written));
        String current = "SELECT current_database()::text";

        assertThat(byJdbc(address, current)).isEqualTo(name);
        assertThat(reactively(address, current)).isEqualTo(name);
    }

    @Test
    void a_password_may_have_any_characters() {
        String role = role("p$w&d=1+,;'()!?#ü %");
        DatabaseAddress address = as(database, role, "p\\$w&d=1+,;'()!?#ü %25");

        assertThat(byJdbc(address, "SELECT current_user::text")).isEqualTo(role);
        assertThat(reactively(address, "SELECT current_user::text")).isEqualTo(role);
    }

    @Test
    void a_database_that_asks_for_no_password_gets_none() throws IOException {
        String role = role("secret");
        Path rules = Path.of(byJdbc(database, "SHOW hba_file"));
        String before = Files.readString(rules);
        Files.writeString(rules, "host all " + role + " 127.0.0.1/32 trust\n" + before);
        try {
            execute(database, "SELECT pg_reload_conf()");
            Waiting.until(() ->
                    number(database, "SELECT count(*) FROM pg_hba_file_rules WHERE '" + role + "' = ANY (user_name)")
                            == 1);

            for (String user : List.of(role, role + ":")) {
                DatabaseAddress address =
                        new DatabaseAddress(database.url().replaceFirst("//[^@]*@", "//" + user + "@"));
                Waiting.until(() -> connects(address));
                assertThat(byJdbc(address, "SELECT current_user::text")).isEqualTo(role);
                assertThat(reactively(address, "SELECT current_user::text")).isEqualTo(role);
            }
        } finally {
            Files.writeString(rules, before);
            execute(database, "SELECT pg_reload_conf()");
        }
    }

    /** The rules are read a moment after they were to be read again. */
    private static boolean connects(DatabaseAddress address) {
        try (Connection connection = JdbcConnections.open(address)) {
            return connection.isValid(10);
        } catch (IllegalStateException | SQLException notYet) {
            return false;
        }
    }

    @Test
    void what_is_wrong_with_the_database_ends_the_start_with_one_line_that_says_what_to_do() {
        Map<DatabaseAddress, String> wrong = Map.of(
                as(database, "nobody", "TOPSECRET"),
                "28P01). Check user and password",
                as(database, "nobody", ""),
                "password",
                new DatabaseAddress("postgresql://u:TOPSECRET@no-such-host.invalid/db"),
                "no-such-host.invalid",
                new DatabaseAddress("postgresql://u:TOPSECRET@127.0.0.1:1/db"),
                "refused",
                new DatabaseAddress(database.url() + "x"),
                "3D000). Create the database",
                with(TestDatabases.empty(), "?search_path=missing"),
                "3F000). Create the schema",
                as(TestDatabases.empty(), role("TOPSECRET"), "TOPSECRET"),
                "42501). Grant the role");

        wrong.forEach((address, reason) -> assertThatThrownBy(() -> Migrations.apply(address))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(reason)
                .hasMessageNotContaining("TOPSECRET")
                .hasMessageNotContaining("\n"));
    }

    @Test
    void a_database_whose_locale_is_gone_is_refused_with_the_name_of_the_locale() {
        DatabaseAddress address = TestDatabases.empty();
        execute(
                database,
                "UPDATE pg_database SET datlocprovider = 'c', datlocale = NULL, datcollate = 'xx_YY.UTF-8' WHERE datname = '"
                        + address.url().replaceFirst(".*/", "") + "'");

        assertThatThrownBy(() -> Migrations.apply(address))
                .hasMessageContaining("Install the locale xx_YY.UTF-8 on the machine of the database")
                .hasMessageNotContaining("\n");
        assertThat(awayReason(address)).contains("Install the locale xx_YY.UTF-8 on the machine of the database");
        // Autovacuum fails on it as well.
        TestDatabases.drop(address);
    }

    @Test
    void a_role_that_owns_nothing_serves_with_the_rights_that_are_documented() {
        String role = role("secret");
        execute(database, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + role);
        DatabaseAddress address = as(database, role, "secret");

        Migrations.apply(address);

        assertThat(reactively(address, "SELECT count(*)::text FROM trust_head")).isEqualTo("1");
    }
}
