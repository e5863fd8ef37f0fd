package dev.nostrtrust.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.smallrye.config.WithName;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

    private static List<String> problems(Map<String, String> values) {
        InvalidSettings invalid = catchThrowableOfType(
                InvalidSettings.class, () -> SettingsReader.of(values).settings());
        return invalid == null ? List.of() : invalid.problems();
    }

    @Test
    void without_any_setting_the_documented_defaults_hold() {
        Settings settings = SettingsReader.of(Map.of()).settings();

        assertThat(settings.httpPort()).isEqualTo(8080);
        assertThat(settings.managementPort()).isEqualTo(9090);
        assertThat(settings.dataDir()).isEqualTo("./data");
        assertThat(settings.challengeTtl()).isEqualTo(Duration.ofMinutes(5));
        assertThat(settings.databaseUrl()).isEmpty();
        assertThat(settings.loginKinds()).containsExactly(27235);
    }

    @Test
    void a_database_needs_keys_and_origins_of_its_own() {
        assertThat(problems(Map.of("DATABASE_URL", "postgresql://app@localhost/db")))
                .hasSize(3)
                .anyMatch(problem -> problem.contains("TOKEN_KEYS"))
                .anyMatch(problem -> problem.contains("CHALLENGE_KEYS"))
                .anyMatch(problem -> problem.contains("PUBLIC_ORIGINS"));
    }

    @Test
    void values_of_the_wrong_type_are_all_named() {
        assertThat(problems(Map.of(
                        "HTTP_PORT", "many",
                        "CHALLENGE_TTL", "5 minutes",
                        "TOKEN_ALGORITHM", "none",
                        "LOG_FORMAT", "xml",
                        "SIGNATURE_VERIFIER", "mine")))
                .hasSize(5)
                .anyMatch(problem -> problem.contains("LOG_FORMAT"))
                .anyMatch(problem -> problem.contains("HTTP_PORT"))
                .anyMatch(problem -> problem.contains("CHALLENGE_TTL"))
                .anyMatch(problem -> problem.contains("TOKEN_ALGORITHM"))
                .anyMatch(problem -> problem.contains("SIGNATURE_VERIFIER"));
    }

    @Test
    void a_switch_is_true_or_false_and_no_other_word_turns_it_off() {
        assertThat(problems(Map.of("RATE_LIMITS", "maybe", "NIP98", "ture", "ACCESS_LOG", "yes")))
                .containsExactlyInAnyOrder(
                        "RATE_LIMITS must be true or false, not \"maybe\"",
                        "NIP98 must be true or false, not \"ture\"",
                        "ACCESS_LOG must be true or false, not \"yes\"");
        assertThat(SettingsReader.of(Map.of("RATE_LIMITS", "False")).settings().rateLimits())
                .isFalse();
    }

    @Test
    void a_name_that_is_no_setting_is_refused_in_our_file_and_a_misspelled_one_in_the_environment_too(
            @TempDir Path directory) throws IOException {
        Path file = directory.resolve("application.properties");
        Files.writeString(file, "HTTP_PROT=1\nhttp.host=x\nSOMETHING_ELSE=1\nHTTP_PORT=1234\nTRUST_BASELINE=11\n");
        SettingsReader reader = SettingsReader.of(file, Map.of("MANAGEMENT_PROT", "1"));

        assertThat(catchThrowableOfType(InvalidSettings.class, reader::settings).problems())
                .containsExactlyInAnyOrder(
                        file + " has the unknown setting HTTP_PROT; did you mean HTTP_PORT?",
                        file + " has the unknown setting http.host; did you mean HTTP_HOST?",
                        file + " has the unknown setting SOMETHING_ELSE",
                        "the environment has the unknown setting MANAGEMENT_PROT; did you mean MANAGEMENT_PORT?");
        Files.writeString(file, "HTTP_PORT=1234\n");
        assertThat(SettingsReader.of(file, Map.of()).settings().httpPort()).isEqualTo(1234);
    }

    @ParameterizedTest
    @ValueSource(strings = {"JOB_LEASSE", "JOB_LEAS", "CLUSTER_NAMES", "HTTP_PROT", "TOKEN_TLT"})
    void a_misspelled_setting_of_the_environment_is_refused(String name) {
        assertThat(catchThrowable(() ->
                        SettingsReader.of(Path.of("none"), Map.of(name, "1")).settings()))
                .hasMessageContaining("the environment has the unknown setting " + name + "; did you mean ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"HTTP_PROXY", "JOB_NAME", "SESSION_MANAGER", "DATABASE_SERVICE_HOST", "LOGNAME", "HTTP", "PATH"})
    void a_variable_of_another_program_is_left_alone(String name) {
        assertThat(SettingsReader.of(Path.of("none"), Map.of(name, "1"))
                        .settings()
                        .httpPort())
                .isEqualTo(8080);
    }

    @Test
    void a_command_that_only_uses_the_database_needs_no_keys_and_no_origins() {
        SettingsReader reader = SettingsReader.of(Map.of("DATABASE_URL", "postgresql://app@127.0.0.1/db"));

        assertThat(reader.databaseSettings().databaseUrl()).isPresent();
        assertThat(catchThrowableOfType(InvalidSettings.class, reader::settings).problems())
                .hasSize(3)
                .allMatch(problem -> problem.startsWith("DATABASE_URL requires "));
    }

    @Test
    void operators_are_public_keys_in_hex_or_as_npub() {
        String hex = "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9";
        String npub = new PublicKey(hex).npub();
        String nsec = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5";

        assertThat(OperatorKeys.of(SettingsReader.of(Map.of("OPERATOR_PUBKEYS", npub + ", " + hex))
                        .settings()))
                .containsExactly(new PublicKey(hex));
        assertThat(OperatorKeys.of(SettingsReader.of(Map.of()).settings())).isEmpty();
        assertThat(problems(Map.of("OPERATOR_PUBKEYS", nsec + ",alice")))
                .containsExactlyInAnyOrder(
                        "OPERATOR_PUBKEYS holds a secret key; list public keys, in hex or as npub",
                        "OPERATOR_PUBKEYS holds \"alice\", which is not a public key in hex or as npub");
    }

    @Test
    void what_cannot_be_read_hides_nothing_of_what_can_be() {
        assertThat(problems(Map.of(
                        "DATABASE_URL", "mysql://x",
                        "TOKEN_KEYS", "abc",
                        "CHALLENGE_KEYS", "a:Zm9v",
                        "PUBLIC_ORIGINS", "example.com",
                        "HTTP_PORT", "99999",
                        "TOKEN_TTL", "1y",
                        "CORS_ORIGINS", "*")))
                .extracting(problem -> problem.split("[ :]", 2)[0])
                .containsExactlyInAnyOrder(
                        "DATABASE_URL",
                        "TOKEN_KEYS",
                        "CHALLENGE_KEYS",
                        "PUBLIC_ORIGINS",
                        "HTTP_PORT",
                        "TOKEN_TTL",
                        "CORS_ORIGINS");
    }

    @Test
    void what_cannot_be_read_is_said_in_words_of_ours() {
        assertThat(problems(Map.of("HTTP_PORT", "many", "TOKEN_TTL", "1y", "CLUSTER", "zookeeper", "HTTP_HOST", "")))
                .containsExactly(
                        "CLUSTER must be one of none, hazelcast; not \"zookeeper\"",
                        "HTTP_HOST must be set",
                        "HTTP_PORT must be a whole number, not \"many\"",
                        "TOKEN_TTL must be a time such as 500ms, 10s, 5m, 1h or 30d, not \"1y\"");
    }

    @Test
    void values_out_of_bounds_are_all_named() {
        assertThat(problems(Map.of(
                        "HTTP_PORT", "70000",
                        "DATABASE_QUEUE", "0",
                        "LOGIN_KINDS", "1",
                        "PUBLIC_ORIGINS", "https://example.com/,example.com,https://Example.com",
                        "DATABASE_URL", "mysql://x",
                        "TOKEN_KEYS", "short:AAAA,twice:" + TestServer.key(1) + ",twice:" + TestServer.key(2),
                        "CHALLENGE_KEYS", "nocolon,bad:!!!")))
                .hasSize(11)
                .noneMatch(problem -> problem.contains(TestServer.key(1)));
    }

    @Test
    void every_time_has_bounds_that_no_counter_overflows() {
        for (Method method : Settings.class.getMethods()) {
            WithName named = method.getAnnotation(WithName.class);
            if (named != null && method.getReturnType() == Duration.class) {
                assertThat(problems(Map.of(named.value(), "3651d")))
                        .as(named.value())
                        .anyMatch(problem -> problem.startsWith(named.value() + " must be from "));
            }
        }
        assertThat(problems(Map.of("HTTP_IDLE_TIMEOUT", "25d"))).hasSize(1);
        assertThat(problems(Map.of("HTTP_IDLE_TIMEOUT", "1ms", "HTTP_REQUEST_TIMEOUT", "1ms")))
                .contains("HTTP_REQUEST_TIMEOUT must be from 100ms to 3600s");
    }

    @Test
    void a_silent_stream_gives_a_sign_of_life_before_it_is_taken_for_dead() {
        assertThat(problems(Map.of("HTTP_IDLE_TIMEOUT", "60s", "HTTP_HEARTBEAT", "60s")))
                .containsExactly(
                        "HTTP_IDLE_TIMEOUT must be longer than HTTP_HEARTBEAT, or it closes idle event streams");
        assertThat(problems(Map.of("HTTP_IDLE_TIMEOUT", "61s", "HTTP_HEARTBEAT", "60s")))
                .isEmpty();
    }

    @Test
    void origins_are_taken_as_browsers_send_them_or_refused_by_name() {
        Map<String, String> same = Map.of(
                "https://h:443", "https://h",
                "http://h:0080", "http://h",
                "https://h:0443", "https://h",
                "HTTPS://Example.COM:8443", "https://example.com:8443",
                "http://trust_engine:8080", "http://trust_engine:8080",
                "http://[0:0:0:0:0:0:0:1]:80", "http://[::1]",
                "https://[2001:DB8::A]", "https://[2001:db8::a]",
                "http://127.0.0.1:8080", "http://127.0.0.1:8080");
        same.forEach((written, sent) -> {
            assertThat(problems(Map.of("PUBLIC_ORIGINS", written, "CORS_ORIGINS", written)))
                    .isEmpty();
            assertThat(Origins.normalize(written)).isEqualTo(sent);
        });
        for (String none : List.of(
                "https://h.",
                "https://b\u00fccher.example",
                "https://h:0",
                "https://h:65536",
                "https://h:",
                "https://h/",
                "https://user@h",
                "https://h?x",
                "https://h#x",
                "https://",
                "https://a..b",
                "https://a b",
                "https://a%62",
                "http://127.1",
                "http://0x7f.0.0.1",
                "http://127.0.0.01",
                "http://[::1",
                "http://[1:2]",
                "ftp://h",
                "h",
                "*",
                "null")) {
            assertThat(problems(Map.of("PUBLIC_ORIGINS", none, "CORS_ORIGINS", none)))
                    .as(none)
                    .satisfiesExactly(
                            problem -> assertThat(problem).startsWith("PUBLIC_ORIGINS holds \"" + none + "\", wh"),
                            problem -> assertThat(problem).startsWith("CORS_ORIGINS holds \"" + none + "\", wh"));
        }
    }

    @Test
    void a_key_is_not_printed_wherever_it_stands(@TempDir Path directory) throws IOException {
        String key = "dGhpcy1pcy1hLXNlY3JldC1rZXktb2YtMzItYnl0ZXMh";
        Path file = Files.writeString(
                directory.resolve("application.properties"), "TOKEN_KEYS=a:\\\n" + key + "\n" + key + "\n");

        assertThat(problems(Map.of("TOKEN_KEYS", key + ":first", "CHALLENGE_KEYS", key + ":!," + key + ":!")))
                .isNotEmpty()
                .noneMatch(problem -> problem.contains(key));
        assertThat(catchThrowable(() -> SettingsReader.of(file, Map.of()).settings()))
                .hasMessageContaining(file + " has the unknown setting (name not shown)")
                .hasMessageNotContainingAny(key);
    }

    @Test
    void a_file_of_settings_that_cannot_be_read_is_not_passed_over(@TempDir Path directory) throws IOException {
        Path malformed = Files.writeString(directory.resolve("malformed"), "HTTP_HOST=\\u12\n");

        assertThat(catchThrowable(() -> SettingsReader.of(directory, Map.of()).settings()))
                .hasMessageContaining(directory + " cannot be read: ");
        assertThat(catchThrowable(() -> SettingsReader.of(malformed, Map.of()).settings()))
                .hasMessageContaining(malformed + " cannot be read: ");
    }

    @Test
    void rates_and_windows_out_of_bounds_and_proxies_that_are_none_are_named() {
        assertThat(problems(Map.of(
                        "RATE_WINDOW", "2d",
                        "RATE_CHALLENGES", "-1",
                        "RATE_TIER_NEW", "1000001",
                        "NIP98_WINDOW", "2h",
                        "TRUSTED_PROXIES", "10.0.0.0/8,localhost,10.0.0.0/33")))
                .hasSize(6)
                .anyMatch(problem -> problem.contains("RATE_WINDOW"))
                .anyMatch(problem -> problem.contains("localhost"));
        assertThat(problems(Map.of("RATE_CHALLENGES", "0", "TRUSTED_PROXIES", "10.0.0.0/8,2001:db8::1")))
                .isEmpty();
    }

    @Test
    void an_address_that_cannot_be_read_is_a_problem_and_its_password_is_not_printed() {
        for (String url : List.of("postgresql://u:TOPSECRET@host:notaport/db", "postgresql://u:TOP/SECRET@host/db")) {
            assertThat(problems(Map.of("DATABASE_URL", url)))
                    .anyMatch(problem -> problem.startsWith("DATABASE_URL h"))
                    .noneMatch(problem -> problem.contains("SECRET"));
        }
    }

    @Test
    void times_are_written_as_people_write_them() {
        SettingParser.DurationConverter durations = new SettingParser.DurationConverter();

        assertThat(durations.convert("250ms")).isEqualTo(Duration.ofMillis(250));
        assertThat(durations.convert("2s")).isEqualTo(Duration.ofSeconds(2));
        assertThat(durations.convert("3m")).isEqualTo(Duration.ofMinutes(3));
        assertThat(durations.convert("4h")).isEqualTo(Duration.ofHours(4));
        assertThat(durations.convert("5d")).isEqualTo(Duration.ofDays(5));
        for (String text : List.of("0s", "5", "-1s", "PT5M", "s")) {
            assertThat(catchThrowableOfType(IllegalArgumentException.class, () -> durations.convert(text)))
                    .as(text)
                    .isNotNull();
        }
    }

    @Test
    void keys_are_read_in_both_alphabets_and_never_printed() {
        KeyRing keys = KeyRing.parse("a:-_-_AAAA, b:" + TestServer.key(7));

        assertThat(keys.first().id()).isEqualTo("a");
        assertThat(keys.first().bytes()).hasSize(6);
        assertThat(keys.all().get(1).bytes()).hasSize(32);
        assertThat(keys.toString()).doesNotContain("AAAA");
    }

    @Test
    void the_variables_of_the_policy_are_handed_on() {
        assertThat(SettingsReader.of(Map.of("TRUST_HALF_LIFE_DAYS", "30")).policyVariables())
                .containsEntry("TRUST_HALF_LIFE_DAYS", "30")
                .containsEntry("TRUST_CREDIT_FLAT", "")
                .containsOnlyKeys(TrustPolicy.names());
    }
}
