package dev.nostrtrust.login;

import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.config.KeyRing;
import dev.nostrtrust.config.Origins;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.fixture.TestKeys;
import dev.nostrtrust.login.Challenge.Purpose;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.SecretKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows 5 to 14 of docs/login.md, each to the second, in process. */
class LoginEventTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final SecretKey KEY = SecretKey.random(RANDOM);
    private static final String ORIGIN = "https://trust.example:8443";
    private static final String OTHER_PORT = "https://trust.example:9443";
    private static final String SECOND = "https://second.example";
    private static final List<String> ORIGINS =
            List.of(ORIGIN, OTHER_PORT, SECOND, "http://plain_name:8080", "http://[::1]");
    private static final Instant ISSUED = Instant.parse("2025-01-01T00:00:00Z");
    private static final Duration TTL = Duration.ofMinutes(5);
    private static final long CREATED = ISSUED.getEpochSecond();

    private final ChallengeCodec nonces = new ChallengeCodec(KeyRing.parse("a:" + TestKeys.key(1)));
    private final LoginEvent check = checkOf(LoginPolicy.HTTP_AUTH, LoginPolicy.RELAY_AUTH);
    private final String nonce = nonce(Purpose.LOGIN, ORIGIN);

    private LoginEvent checkOf(Integer... kinds) {
        return new LoginEvent(new LoginPolicy(new Origins(ORIGINS), TTL, List.of(kinds)), nonces);
    }

    private String nonce(Purpose purpose, String origin) {
        byte[] random = new byte[ChallengeCodec.RANDOM_LENGTH];
        RANDOM.nextBytes(random);
        return nonces.issue(purpose, origin, ISSUED, TTL, random);
    }

    private List<List<String>> tags(List<List<String>> more) {
        List<List<String>> tags = new ArrayList<>(List.of(
                List.of("u", ORIGIN + "/api/identity/verify"), List.of("method", "POST"), List.of("challenge", nonce)));
        tags.addAll(more);
        return tags;
    }

    private List<List<String>> relayTags(String relay) {
        return List.of(List.of("relay", relay), List.of("challenge", nonce));
    }

    private static Event event(long createdAt, int kind, List<List<String>> tags, String content) {
        return KEY.sign(createdAt, kind, tags, content, RANDOM);
    }

    private static Event login(List<List<String>> tags) {
        return event(CREATED, LoginPolicy.HTTP_AUTH, tags, "");
    }

    private static Event relay(List<List<String>> tags) {
        return event(CREATED, LoginPolicy.RELAY_AUTH, tags, "");
    }

    private Challenge pass(Event event, Instant now) {
        return check.check(event, Purpose.LOGIN, () -> null, now);
    }

    private ApiError refused(ErrorCode kind, Event event, Instant now) {
        ApiError error = refusal(() -> pass(event, now));
        assertThat(error.code()).isEqualTo(kind);
        return error;
    }

    @Test
    void an_event_as_it_was_asked_for_answers_its_challenge() {
        Challenge challenge = pass(login(tags(List.of())), ISSUED);

        assertThat(challenge).isEqualTo(nonces.open(nonce, Purpose.LOGIN, List.of(ORIGIN)));
        assertThat(pass(
                        event(CREATED, LoginPolicy.HTTP_AUTH, tags(List.of()), "Sign in to trust.example:8443"),
                        ISSUED))
                .isEqualTo(challenge);
    }

    @Test
    void row_5_only_the_kinds_of_the_policy_are_accepted() {
        Event relay = relay(relayTags("wss://trust.example:8443/"));

        assertThat(pass(relay, ISSUED).purpose()).isEqualTo(Purpose.LOGIN);
        ApiError error = refusal(() -> checkOf(LoginPolicy.HTTP_AUTH).check(relay, Purpose.LOGIN, () -> null, ISSUED));

        assertThat(error.code()).isEqualTo(ErrorCode.UNSUPPORTED_KIND);
        assertThat(error.hints()).containsEntry("expected", List.of(27235));
    }

    @Test
    void row_6_the_key_that_was_announced_is_the_one_that_signs() {
        Event event = login(tags(List.of()));
        PublicKey other = SecretKey.random(RANDOM).publicKey();

        assertThat(check.check(event, Purpose.LOGIN, KEY::publicKey, ISSUED).purpose())
                .isEqualTo(Purpose.LOGIN);
        ApiError error = refusal(() -> check.check(event, Purpose.LOGIN, () -> other, ISSUED));

        assertThat(error.code()).isEqualTo(ErrorCode.PUBKEY_MISMATCH);
        assertThat(error.hints())
                .containsEntry("expected", other.hex())
                .containsEntry("actual", KEY.publicKey().hex());
    }

    @ParameterizedTest
    @ValueSource(strings = {"u", "method", "challenge"})
    void row_7_each_tag_is_there_once_and_has_a_value(String name) {
        List<List<String>> without = new ArrayList<>(tags(List.of()));
        without.removeIf(tag -> tag.get(0).equals(name));
        List<List<String>> empty = new ArrayList<>(without);
        empty.add(List.of(name));
        List<List<String>> twice = new ArrayList<>(tags(login(tags(List.of())).tagsNamed(name)));

        assertThat(refused(ErrorCode.MISSING_TAG, login(without), ISSUED).hints())
                .containsEntry("tag", name);
        assertThat(refused(ErrorCode.MISSING_TAG, login(empty), ISSUED).hints()).containsEntry("tag", name);
        assertThat(refused(ErrorCode.DUPLICATE_TAG, login(twice), ISSUED).hints())
                .containsEntry("tag", name);
    }

    @Test
    void row_7_comes_before_the_rows_after_it() {
        List<List<String>> tags = List.of(List.of("u", "elsewhere"), List.of("method", "GET"));

        assertThat(refused(ErrorCode.MISSING_TAG, login(tags), ISSUED).hints()).containsEntry("tag", "challenge");
        refused(ErrorCode.MISSING_TAG, relay(List.of(List.of("relay", "wss://elsewhere"))), ISSUED);
    }

    @Test
    void row_8_the_method_is_that_of_the_purpose() {
        Event get = login(List.of(
                List.of("u", ORIGIN + "/api/identity/verify"), List.of("method", "GET"), List.of("challenge", nonce)));

        assertThat(refused(ErrorCode.METHOD_MISMATCH, get, ISSUED).hints()).containsEntry("expected", "POST");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example/api/identity/verify",
                "https://trust.example:8443/api/identity/verify/",
                "https://trust.example:8443",
                "wss://trust.example:8443"
            })
    void row_9_the_url_is_exactly_one_of_ours(String url) {
        Event event = login(List.of(List.of("u", url), List.of("method", "POST"), List.of("challenge", nonce)));

        assertThat(refused(ErrorCode.URL_MISMATCH, event, ISSUED).hints())
                .containsEntry(
                        "expected",
                        ORIGINS.stream()
                                .map(origin -> origin + "/api/identity/verify")
                                .toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wss://trust.example:8443",
                "WSS://TRUST.example:8443/",
                "wss://trust.example:9443",
                "wss://second.example",
                "wss://second.example:443/",
                "ws://plain_name:8080",
                "ws://[::1]/",
                "ws://[::1]:80"
            })
    void row_9_a_relay_is_known_by_its_scheme_host_and_port_whatever_origin_asked_for_the_challenge(String relay) {
        for (String origin : List.of(ORIGIN, OTHER_PORT, SECOND)) {
            Event event = relay(List.of(List.of("relay", relay), List.of("challenge", nonce(Purpose.LOGIN, origin))));

            assertThat(pass(event, ISSUED).origin()).isEqualTo(origin);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wss://evil.example",
                "wss://trust.example",
                "ws://trust.example:8443",
                "https://trust.example:8443",
                "wss://trust.example:8444",
                "wss://trust.example:08443",
                "wss://trust.example:8443/relay",
                "wss://trust.example:8443//",
                "wss://trust.example:8443/?a=b",
                "wss://trust.example:8443#",
                "wss://user@trust.example:8443",
                "wss://trust.example:8443 ",
                "ws://second.example",
                "wss://second.example:80",
                "ws://plain_name",
                "trust.example",
                "wss://",
                "not a uri",
                ""
            })
    void row_9_another_relay_is_not_ours(String relay) {
        assertThat(refused(ErrorCode.URL_MISMATCH, relay(relayTags(relay)), ISSUED)
                        .hints())
                .containsEntry(
                        "expected",
                        List.of(
                                "wss://trust.example:8443",
                                "wss://trust.example:9443",
                                "wss://second.example",
                                "ws://plain_name:8080",
                                "ws://[::1]"));
    }

    @Test
    void row_14_a_relay_event_may_hold_the_statement_of_the_challenge() {
        List<List<String>> tags =
                List.of(List.of("relay", "wss://second.example"), List.of("challenge", nonce(Purpose.LOGIN, ORIGIN)));

        assertThat(pass(event(CREATED, LoginPolicy.RELAY_AUTH, tags, "Sign in to trust.example:8443"), ISSUED)
                        .origin())
                .isEqualTo(ORIGIN);
        refused(
                ErrorCode.CONTENT_MISMATCH,
                event(CREATED, LoginPolicy.RELAY_AUTH, tags, "Sign in to second.example"),
                ISSUED);
    }

    @Test
    void row_10_a_nonce_is_good_for_its_own_origin_and_purpose() {
        String there = nonce(Purpose.LOGIN, SECOND);
        String erase = nonce(Purpose.ERASE, ORIGIN);
        Event foreign = login(List.of(
                List.of("u", ORIGIN + "/api/identity/verify"), List.of("method", "POST"), List.of("challenge", there)));
        Event own = login(List.of(
                List.of("u", SECOND + "/api/identity/verify"), List.of("method", "POST"), List.of("challenge", there)));
        List<List<String>> tags = List.of(
                List.of("u", ORIGIN + "/api/identity/me"), List.of("method", "DELETE"), List.of("challenge", erase));
        Event erasure = event(CREATED, LoginPolicy.HTTP_AUTH, tags, Purpose.ERASE.statement("trust.example:8443"));

        refused(ErrorCode.CHALLENGE_UNKNOWN, foreign, ISSUED);
        assertThat(pass(own, ISSUED).purpose()).isEqualTo(Purpose.LOGIN);
        assertThat(check.check(erasure, Purpose.ERASE, () -> null, ISSUED)).isNotNull();
        refused(ErrorCode.METHOD_MISMATCH, erasure, ISSUED);
    }

    @Test
    void row_11_a_challenge_is_good_until_the_millisecond_of_its_end() {
        Event event = login(tags(List.of()));
        Instant end = ISSUED.plus(TTL);

        assertThat(pass(event, end.minusMillis(1)).expiresAt()).isEqualTo(end);
        assertThat(refused(ErrorCode.CHALLENGE_EXPIRED, event, end).hints()).containsEntry("expired_at", end);
    }

    @Test
    void row_12_an_event_is_dated_from_ten_minutes_before_the_issue_to_ten_minutes_from_now() {
        Instant now = ISSUED.plusSeconds(100);
        List<List<String>> tags = tags(List.of());

        for (long created : new long[] {CREATED - 600, CREATED, CREATED + 700}) {
            assertThat(pass(event(created, LoginPolicy.HTTP_AUTH, tags, ""), now)
                            .issuedAt())
                    .isEqualTo(ISSUED);
        }
        Event old = event(CREATED - 601, LoginPolicy.HTTP_AUTH, tags, "");
        Event future = event(CREATED + 701, LoginPolicy.HTTP_AUTH, tags, "");
        assertThat(refused(ErrorCode.CREATED_AT_TOO_OLD, old, now).hints())
                .containsEntry("expected", "at least " + (CREATED - 600));
        assertThat(refused(ErrorCode.CREATED_AT_IN_FUTURE, future, now).hints())
                .containsEntry("expected", "at most " + (CREATED + 700));
    }

    @Test
    void row_13_an_event_is_good_through_the_second_of_its_own_expiration() {
        Event event = login(tags(List.of(List.of("expiration", Long.toString(CREATED + 60)))));

        assertThat(pass(event, ISSUED.plusSeconds(60)).issuedAt()).isEqualTo(ISSUED);
        refused(ErrorCode.EVENT_EXPIRED, event, ISSUED.plusSeconds(61));
    }

    @ParameterizedTest
    @CsvSource({"soon", "-1", "''", "1e10", "01735689600", "17356896000000000", "+1735689600"})
    void row_13_an_expiration_is_one_time_in_whole_seconds(String expiration) {
        List<String> honest = List.of("expiration", "4000000000");

        refused(ErrorCode.INVALID_EXPIRATION, login(tags(List.of(List.of("expiration", expiration)))), ISSUED);
        refused(ErrorCode.INVALID_EXPIRATION, login(tags(List.of(List.of("expiration")))), ISSUED);
        refused(ErrorCode.INVALID_EXPIRATION, login(tags(List.of(honest, honest))), ISSUED);
    }

    @Test
    void row_14_the_content_is_nothing_or_the_statement() {
        Event event = event(CREATED, LoginPolicy.HTTP_AUTH, tags(List.of()), "Sign in to second.example");

        assertThat(refused(ErrorCode.CONTENT_MISMATCH, event, ISSUED).hints())
                .containsEntry("expected", "Sign in to trust.example:8443");
    }
}
