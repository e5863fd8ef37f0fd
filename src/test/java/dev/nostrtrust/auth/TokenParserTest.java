package dev.nostrtrust.auth;

import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.auth.TokenParser.Expectation;
import dev.nostrtrust.config.Settings.TokenAlgorithm;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The form of tokens that the parser accepts. */
class TokenParserTest {
    private static final long SECOND = Instant.parse("2025-01-01T00:00:00Z").getEpochSecond();
    private static final Expectation EXPECTED = new Expectation(TokenAlgorithm.HS256, "the issuer", "the audience");
    private static final String KEY = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e";
    private static final UUID LOGIN = UUID.fromString("01941f29-7c00-7000-8000-000000000001");
    private static final String HEADER = "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"first\"}";
    private static final UUID ID = UUID.fromString("01a22f73-2829-7493-955f-848502b964f2");
    private static final String WORKER =
            "{\"iss\":\"the issuer\",\"aud\":\"the audience\",\"sub\":\"it\",\"jti\":\"" + ID + "\",\"iat\":" + SECOND
                    + ",\"nbf\":" + SECOND + ",\"exp\":" + (SECOND + 60) + ",\"token_use\":\"worker\"}";
    private static final String USER =
            WORKER.replace("\"worker\"", "\"user\",\"sid\":\"" + LOGIN + "\"").replace("\"it\"", "\"" + KEY + "\"");
    private static final String SIGNATURE = encode("a signature of thirty-two octets");

    private static String encode(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String token(String header, String claims) {
        return encode(header) + "." + encode(claims) + "." + SIGNATURE;
    }

    private static TokenParser read(String token) {
        return TokenParser.parse(token, EXPECTED);
    }

    private static void refused(String because, String token) {
        ApiError error = refusal(() -> read(token));
        assertThat(error.code()).isEqualTo(ErrorCode.INVALID_TOKEN);
        assertThat(error.detail()).contains(because);
    }

    private static String with(String claims, String name, String literal) {
        return claims.replaceFirst("\"" + name + "\":(\"[^\"]*\"|\\d+)", "\"" + name + "\":" + literal);
    }

    @Test
    void a_users_token_names_its_key_its_login_and_its_end() {
        assertThat(read(token(HEADER, USER)))
                .isEqualTo(new TokenParser(
                        "first",
                        new Caller(Scope.USER, KEY, LOGIN, Instant.ofEpochSecond(SECOND + 60)),
                        0,
                        Instant.ofEpochSecond(SECOND)));
    }

    @ParameterizedTest
    @CsvSource({"worker, WORKER", "service, SERVICE", "operator, OPERATOR"})
    void a_token_of_the_operators_own_has_no_login(String use, Scope scope) {
        String claims = with(WORKER, "token_use", "\"" + use + "\"");

        assertThat(read(token(HEADER, claims)).caller())
                .isEqualTo(new Caller(scope, "it", ID, Instant.ofEpochSecond(SECOND + 60)));
        refused("not complete", token(HEADER, claims.replace("}", ",\"sid\":\"" + LOGIN + "\"}")));
        refused("not complete", token(HEADER, with(claims, "jti", "\"no-uuid\"")));
    }

    @Test
    void a_users_token_has_the_number_of_earlier_tokens() {
        String counted = USER.replace("}", ",\"gen\":7}");

        assertThat(read(token(HEADER, counted)).generation()).isEqualTo(7);
        assertThat(read(token(HEADER, USER)).generation()).isZero();
        for (String literal : new String[] {"-1", "1.0", "1e1", "\"1\"", "null", "9007199254740993"}) {
            refused("\"gen\"", token(HEADER, with(counted, "gen", literal)));
        }
    }

    @Test
    void a_token_has_three_parts_and_the_last_is_a_signature() {
        String parts = encode(HEADER) + "." + encode(WORKER);

        for (String text : new String[] {"", ".", "..", parts, parts + ".", token(HEADER, WORKER) + ".", "a.b.c.d.e"}) {
            refused("not a signed JWT", text);
        }
    }

    @Test
    void a_token_has_a_maximum_length() {
        String longer = WORKER.replace("\"it\"", "\"it" + "x".repeat(1170) + "\"");
        String longest = "";
        while (token(HEADER, longer).length() <= Authenticator.MAX_TOKEN) {
            longest = token(HEADER, longer);
            longer = longer.replace("itx", "itxx");
        }

        assertThat(longest).hasSizeGreaterThan(Authenticator.MAX_TOKEN - 3);
        assertThat(read(longest).keyId()).isEqualTo("first");
        refused("not a signed JWT", token(HEADER, longer));
    }

    @Test
    void each_part_is_canonical_base64url() {
        String header = encode(HEADER);
        String loose = header.substring(0, header.length() - 1) + (char) (header.charAt(header.length() - 1) + 1);
        String claims = encode(WORKER);

        assertThat(read(header + "." + claims + "." + SIGNATURE).keyId()).isEqualTo("first");
        assertThat(Base64.getUrlDecoder().decode(loose))
                .isEqualTo(Base64.getUrlDecoder().decode(header));
        refused("not hold JSON", loose + "." + claims + "." + SIGNATURE);
        refused("not hold JSON", header + "=." + claims + "." + SIGNATURE);
        refused("not hold JSON", header + ".*" + claims + "." + SIGNATURE);
        refused("not base64url", header + "." + claims + "." + SIGNATURE + "=");
        refused("not base64url", header + "." + claims + ".***");
        refused("not base64url", header + "." + claims + ".AB");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "\"JWT\"", "{", "{\"typ\":\"JWT\",\"typ\":\"JWT\"}"})
    void header_and_claims_are_json_objects(String json) {
        refused("not hold JSON", token(json, WORKER));
        refused("not hold JSON", token(HEADER, json));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"typ\":\"JWT\",\"alg\":\"none\",\"kid\":\"first\"}",
                "{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"first\"}",
                "{\"typ\":\"JWT\",\"alg\":[\"HS256\"],\"kid\":\"first\"}",
                "{\"typ\":\"jwt\",\"alg\":\"HS256\",\"kid\":\"first\"}",
                "{\"typ\":\"JWT\",\"alg\":\"HS256\"}",
                "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"first\",\"crit\":[\"b64\"]}",
                "{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"first\",\"jwk\":{}}"
            })
    void the_header_is_exactly_the_expected_one(String header) {
        refused("header", token(header, WORKER));
    }

    @ParameterizedTest
    @CsvSource({"iss, \"another\"", "iss, 1", "aud, \"another\"", "aud, [\"the audience\"]", "jti, \"\"", "jti, 7"})
    void a_token_is_issued_by_and_for_this_server(String name, String literal) {
        refused("by and for", token(HEADER, with(WORKER, name, literal)));
        refused("by and for", token(HEADER, WORKER.replace("\"" + name + "\"", "\"x\"")));
    }

    @ParameterizedTest
    @CsvSource({
        "token_use, \"anonymous\"",
        "token_use, \"USER\"",
        "token_use, 1",
        "sub, \"\"",
        "sub, 7",
        "sid, \"nothing\"",
        "sid, 7"
    })
    void a_token_names_its_caller_completely(String name, String literal) {
        refused("not complete", token(HEADER, with(USER, name, literal)));
        refused("not complete", token(HEADER, USER.replace("\"" + name + "\"", "\"x\"")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"anonymous\"", "\"admin\"", "\"\"", "1"})
    void a_token_has_one_of_the_known_uses(String use) {
        refused("not complete", token(HEADER, with(WORKER, "token_use", use)));
        refused("not complete", token(HEADER, with(USER, "token_use", use)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nobody", "7E7E9C42A91BFEF19FA929E5FDA1B72E0EBC1A4C1141673E2794234D86ADDF4E"})
    void a_users_subject_is_a_public_key(String subject) {
        refused("not a public key", token(HEADER, USER.replace(KEY, subject)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"iat", "nbf", "exp"})
    void each_time_is_present_in_whole_seconds(String name) {
        for (String literal : new String[] {"\"soon\"", "-1", "1.5", "1e9", "null", "1099511627777"}) {
            refused("no time \"" + name + "\"", token(HEADER, with(WORKER, name, literal)));
        }
        refused("no time \"" + name + "\"", token(HEADER, WORKER.replace("\"" + name + "\"", "\"x\"")));
    }

    @Test
    void the_parser_accepts_any_expiry() {
        assertThat(read(token(HEADER, with(WORKER, "exp", "0"))).caller().expiresAt())
                .isEqualTo(Instant.EPOCH);
        assertThat(read(token(HEADER, with(WORKER, "exp", "1099511627776")))
                        .caller()
                        .expiresAt())
                .isEqualTo(Instant.ofEpochSecond(1L << 40));
    }

    @Test
    void a_token_is_valid_from_the_later_of_its_two_times() {
        String issued = Long.toString(SECOND + 1);

        assertThat(read(token(HEADER, with(WORKER, "iat", issued))).validFrom())
                .isEqualTo(Instant.ofEpochSecond(SECOND + 1));
        assertThat(read(token(HEADER, with(WORKER, "nbf", issued))).validFrom())
                .isEqualTo(Instant.ofEpochSecond(SECOND + 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 31, 33, 64})
    void a_signature_of_hs256_has_32_octets(int length) {
        String signature = Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[length]);

        refused(
                length == 0 ? "not a signed JWT" : "not in the form",
                encode(HEADER) + "." + encode(WORKER) + "." + signature);
    }
}
