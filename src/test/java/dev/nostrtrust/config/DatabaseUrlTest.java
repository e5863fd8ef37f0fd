package dev.nostrtrust.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.Driver;

/** What both drivers make of DATABASE_URL. */
class DatabaseUrlTest {
    private static final String SECRET = "TOPSECRET";

    /** What JDBC reads in its URL, which has a way of its own to write a name. */
    private static Properties jdbc(DatabaseAddress address) {
        try {
            assertThat(DriverManager.getDriver(address.jdbcUrl())).isInstanceOf(Driver.class);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return Objects.requireNonNull(Driver.parseURL(address.jdbcUrl(), address.jdbcProperties()));
    }

    private static void read(String url, String host, int port, String user, String password, String database) {
        DatabaseAddress address = new DatabaseAddress(url);
        PgConnectOptions options = address.options();
        Properties jdbc = jdbc(address);

        assertThat(List.of(
                        options.getHost(),
                        options.getPort(),
                        options.getUser(),
                        options.getPassword(),
                        options.getDatabase()))
                .as(url)
                .containsExactly(host, port, user, password, database);
        assertThat(List.of(
                        jdbc.getProperty("PGHOST").replaceAll("[\\[\\]]", ""),
                        Integer.parseInt(jdbc.getProperty("PGPORT")),
                        jdbc.getProperty("user"),
                        jdbc.getProperty("password"),
                        jdbc.getProperty("PGDBNAME")))
                .as(url)
                .containsExactly(host, port, user, password, database);
    }

    private static String refusal(String url) {
        try {
            new DatabaseAddress(url);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage())
                    .as(url)
                    .startsWith("DATABASE_URL ")
                    .doesNotContain(SECRET)
                    .doesNotContain("\n");
            return String.valueOf(e.getMessage());
        }
        throw new AssertionError("accepted: " + url);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "p$w&d=1+,;'()",
                "a:b:c",
                "a?b#c",
                "50%25",
                "%2F%40%3A%23",
                "p w",
                "päß",
                "%C3%A4",
                "!*~._-",
                "<>[]{}|^`\\\"",
                ""
            })
    void a_password_is_any_characters_but_two_that_are_encoded(String written) {
        String meant = written.replace("%25", "%")
                .replace("%2F", "/")
                .replace("%40", "@")
                .replace("%3A", ":")
                .replace("%23", "#")
                .replace("%C3%A4", "ä");

        read("postgresql://app:" + written + "@h/db", "h", 5432, "app", meant, "db");
    }

    @Test
    void names_are_read_as_libpq_reads_them() {
        read("postgres://app@h", "h", 5432, "app", "", "app");
        read("postgresql://app@h/", "h", 5432, "app", "", "app");
        read("POSTGRES://app@h/db", "h", 5432, "app", "", "db");
        read("PostgreSQL://app:@h:6432/db", "h", 6432, "app", "", "db");
        read("postgresql://app@h:/db", "h", 5432, "app", "", "db");
        read("postgresql://u%40corp:p@h/db", "h", 5432, "u@corp", "p", "db");
        read("postgresql://app@h/a%20b", "h", 5432, "app", "", "a b");
        read("postgresql://app@h/a%2Fb", "h", 5432, "app", "", "a/b");
        read("postgresql://app@h/a+b", "h", 5432, "app", "", "a+b");
        read("postgresql://app@h/a%2Bb", "h", 5432, "app", "", "a+b");
        read("postgresql://app@h/a%3Fb%23c%25%26", "h", 5432, "app", "", "a?b#c%&");
        read("postgresql://app@h/d%C3%A4", "h", 5432, "app", "", "dä");
        read("postgresql://app@trust_db.internal./db", "trust_db.internal.", 5432, "app", "", "db");
        read("postgresql://app@[::1]/db", "::1", 5432, "app", "", "db");
        read("postgresql://app@[2001:db8::1]:5433/db", "2001:db8::1", 5433, "app", "", "db");
        read("postgresql:///db?host=h&port=5433&user=app&password=p%26%3D+", "h", 5433, "app", "p&=+", "db");
        read("postgresql://?host=h&user=app&dbname=a%2Fb", "h", 5432, "app", "", "a/b");
        read("postgresql://app@h/db?host=%3A%3A1", "::1", 5432, "app", "", "db");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mysql://u:TOPSECRET@h/db                      | does not begin with postgresql://",
                "jdbc:postgresql://h/db?password=TOPSECRET     | does not begin with postgresql://",
                "postgresql:/u:TOPSECRET@h/db                  | does not begin with postgresql://",
                "postgresql://h/db                             | names no user",
                "postgresql://:TOPSECRET@h/db                  | names no user",
                "postgresql://u:TOPSECRET@/db                  | names no host",
                "postgresql:///db?user=u                       | names no host",
                "postgresql://u:TOPSECRET@/db?host=/var/run/postgresql   | Unix socket",
                "postgresql://u:TOPSECRET@%2Fvar%2Frun/db      | Unix socket",
                "postgresql://u:TOPSECRET@/db?host=@abstract   | @ is written as %40",
                "postgresql://u:TOPSECRET@h1,h2/db             | several hosts",
                "postgresql://u:TOPSECRET@h1:1,h2:2/db         | several hosts",
                "postgresql://u:TOPSECRET@/db?host=h1,h2       | several hosts",
                "postgresql://u:TOPSECRET@h:0/db               | port",
                "postgresql://u:TOPSECRET@h:65536/db           | port",
                "postgresql://u:TOPSECRET@h:99999999999/db     | port",
                "postgresql://u:TOPSECRET@h:x/db               | port",
                "postgresql://u:TOPSECRET@h:-1/db              | port",
                "postgresql://u:TOPSECRET@h:+1/db              | port",
                "postgresql://u:TOPSECRET@h/db?port=0          | port",
                "postgresql://u:TOP/SECRET@h/db                | / as %2F",
                "postgresql://u:1/TOPSECRET@h/db               | / as %2F",
                "postgresql://u:TOP@SECRET@h/db                | @ is written as %40",
                "postgresql://u:TOPSECRET%@h/db                | % is written as %25",
                "postgresql://u:TOPSECRET%4@h/db               | % is written as %25",
                "postgresql://u:TOPSECRET%zz@h/db              | % is written as %25",
                "postgresql://u:TOPSECRET%00@h/db              | % is written as %25",
                "postgresql://u:TOPSECRET%FF@h/db              | no UTF-8",
                "postgresql://u:TOPSECRET@h/db#x               | holds a #",
                "postgresql://u:TOPSECRET@h/db/                | written as %2F",
                "postgresql://u:TOPSECRET@h/a/b                | written as %2F",
                "postgresql://u:TOPSECRET@ h/db                | host",
                "postgresql://u:TOPSECRET@h%20x/db             | host",
                "postgresql://u:TOPSECRET@[::1/db              | ] is missing",
                "postgresql://u:TOPSECRET@[h]/db               | IPv6",
                "postgresql://u:TOPSECRET@[12345::1]/db        | IPv6",
                "postgresql://u:TOPSECRET@[::1]x/db            | between host and port",
                "postgresql://u:TOPSECRET@::1/db               | brackets",
                "postgresql://u:TOPSECRET@[fe80::1%25eth0]/db  | zone",
                "postgresql://u:TOPSECRET@[fe80::1%eth0]/db    | zone",
                "postgresql://u:TOPSECRET@[fe80::1%12]:5432/db | zone",
                "postgresql://u:TOPSECRET@[fe80::1%ebf]/db     | zone",
                "postgresql://u:TOPSECRET@/db?host=fe80::1%eth0 | zone",
                "postgresql://u:TOPSECRET@[h%zz]/db            | %25",
                "postgresql://h?user=u&password=TOPSECRET@x    | %3F",
                "postgresql://u:TOPSECRET@h/db?sslmode         | without a value",
                "postgresql://u:TOPSECRET@h/db?sslmode=        | sslmode",
                "postgresql://u:TOPSECRET@h/db?                | without a value",
                "postgresql://u:TOPSECRET@h/db?sslmode=require&sslmode=disable | sslmode twice",
            })
    void what_cannot_be_read_is_refused_by_the_name_of_its_part(String url, String part) {
        assertThat(refusal(url)).contains(part);
    }

    @Test
    void control_characters_are_refused() {
        assertThat(refusal("postgresql://u:TOPSECRET\n@h/db")).contains("control character");
        assertThat(refusal("postgresql://u:p@h/db\tTOPSECRET")).contains("control character");
        assertThat(refusal("postgresql://u:p@h/db\u0085")).contains("control character");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "channel_binding=require",
                "require_auth=scram-sha-256",
                "ssl=true",
                "ssl=no-verify",
                "sslcert=/c",
                "sslkey=/k",
                "sslcrl=/x",
                "sslpassword=TOPSECRET",
                "sslnegotiation=direct",
                "ssl_min_protocol_version=TLSv1.3",
                "gssencmode=require",
                "hostaddr=10.0.0.1",
                "target_session_attrs=read-write",
                "connect_timeout=10",
                "pgbouncer=true",
                "schema=trust",
                "currentSchema=trust",
                "SSLMODE=require",
                "statement_timeout=1"
            })
    void a_parameter_that_one_of_the_drivers_would_drop_is_refused_by_its_name(String parameter) {
        assertThat(refusal("postgresql://u:p@h/db?" + parameter))
                .contains("has the parameter " + parameter.substring(0, parameter.indexOf('='))
                        + ", which is not supported");
    }

    @ParameterizedTest
    @CsvSource({
        "no-verify, sslmode",
        "Require, sslmode",
        "verify, sslmode",
        "disable&sslrootcert=/r, sslrootcert",
        "prefer&sslrootcert=/r, sslrootcert",
        "allow&sslrootcert=/r, sslrootcert",
        "require&sslrootcert=system, sslrootcert=system",
        "verify-ca&sslrootcert=system, sslrootcert=system"
    })
    void a_mode_that_would_be_weaker_than_it_looks_is_refused(String mode, String part) {
        assertThat(refusal("postgresql://u:p@h/db?sslmode=" + mode)).contains(part);
    }

    @Test
    void an_authority_without_a_mode_is_refused_since_it_would_not_be_asked() {
        assertThat(refusal("postgresql://u:p@h/db?sslrootcert=/r")).contains("sslrootcert");
    }

    @ParameterizedTest
    @CsvSource({
        "'', disable",
        "?sslmode=disable, disable",
        "?sslmode=allow, allow",
        "?sslmode=prefer, prefer",
        "?sslmode=require, require",
        "?sslmode=require&sslrootcert=/r, verify-ca",
        "?sslmode=verify-ca, verify-ca",
        "?sslmode=verify-full, verify-full",
        "?sslrootcert=system, verify-full",
        "?sslmode=verify-full&sslrootcert=system, verify-full"
    })
    void both_drivers_have_the_same_tls(String query, String mode) {
        DatabaseAddress address = new DatabaseAddress("postgresql://u:p@h/db" + query);
        PgConnectOptions options = address.options();

        assertThat(options.getSslMode()).isEqualTo(SslMode.of(mode));
        assertThat(address.jdbcProperties()).containsEntry("sslmode", mode);
        if (!mode.equals("disable")) {
            assertThat(options.getSslOptions().isTrustAll()).isEqualTo(!mode.startsWith("verify"));
            assertThat(options.getSslOptions().getHostnameVerificationAlgorithm())
                    .isEqualTo(mode.equals("verify-full") ? "HTTPS" : "");
        }
    }

    @Test
    void plain_text_that_nobody_asked_for_is_known() {
        assertThat(new DatabaseAddress("postgresql://u@db.example/db").isPlainByDefault())
                .isTrue();
        assertThat(new DatabaseAddress("postgresql://u@db.example/db?sslmode=disable").isPlainByDefault())
                .isFalse();
        assertThat(new DatabaseAddress("postgresql://u@db.example/db?sslrootcert=system").isPlainByDefault())
                .isFalse();
        assertThat(new DatabaseAddress("postgresql://u@localhost/db").isPlainByDefault())
                .isFalse();
        assertThat(new DatabaseAddress("postgresql://u@[::1]/db").isPlainByDefault())
                .isFalse();
    }

    @Test
    void the_search_path_is_a_list_of_names() {
        assertThat(new DatabaseAddress("postgresql://u:p@h/db?search_path=trust,%22$user%22,%20public").setUp())
                .isEqualTo("SELECT set_config('search_path', 'trust,\"$user\", public', false)");
        assertThat(refusal("postgresql://u:p@h/db?search_path=a';DROP")).contains("search_path");
    }

    @Test
    void an_address_prints_without_its_password() {
        DatabaseAddress address = new DatabaseAddress("postgresql://me:TOPSECRET@db.example:5433/trust");

        assertThat(address).hasToString("db.example:5433/trust");
        assertThat(address.jdbcUrl()).doesNotContain(SECRET);
        assertThatThrownBy(() -> new DatabaseAddress("")).hasMessageStartingWith("DATABASE_URL does not begin");
    }
}
