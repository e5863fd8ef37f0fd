package dev.nostrtrust.login;

import static dev.nostrtrust.fixture.Refusals.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.login.RequestEvent.Signed;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.nostr.Sha256;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an event has to say of its request, each to the second, in process. */
class RequestEventTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final SecretKey KEY = SecretKey.random(RANDOM);
    private static final List<String> URLS = List.of("https://a.example/api/jobs", "https://b.example/api/jobs");
    private static final String PAYLOAD = Hex.encode(Sha256.of("{}"));
    private static final String EMPTY = Hex.encode(Sha256.of(""));
    private static final Signed POST = new Signed("POST", URLS, PAYLOAD);
    private static final List<String> U = List.of("u", URLS.get(0));
    private static final List<String> METHOD = List.of("method", "POST");
    private static final List<String> HASH = List.of("payload", PAYLOAD);
    private static final Instant NOW = Instant.parse("2025-01-01T00:00:00Z");

    private final RequestEvent check = new RequestEvent(Duration.ofMinutes(2));

    private static Event event(Instant at, List<List<String>> tags) {
        return KEY.sign(at.getEpochSecond(), 27235, tags, "", RANDOM);
    }

    private void passes(Event event) {
        passes(POST, event);
    }

    private void passes(Signed request, Event event) {
        check.check(event, request, NOW);
    }

    private void refused(ErrorCode kind, Signed request, Event event) {
        assertThat(refusal(() -> passes(request, event)).code()).isEqualTo(kind);
    }

    private void refused(ErrorCode kind, Event event) {
        assertThat(refusal(() -> passes(event)).code()).isEqualTo(kind);
    }

    @Test
    void an_event_about_this_request_passes_under_any_of_our_origins() {
        passes(event(NOW, List.of(U, METHOD, HASH)));
        passes(event(NOW, List.of(HASH, METHOD, List.of("u", URLS.get(1)), List.of("t", "more"))));
    }

    @Test
    void another_kind_proves_nothing() {
        refused(
                ErrorCode.UNSUPPORTED_KIND,
                KEY.sign(NOW.getEpochSecond(), 22242, List.of(U, METHOD, HASH), "", RANDOM));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void each_tag_is_there_once(int tag) {
        List<List<String>> tags = new ArrayList<>(List.of(U, METHOD, HASH));
        List<String> removed = tags.remove(tag);
        refused(ErrorCode.MISSING_TAG, event(NOW, tags));
        tags.add(removed);
        tags.add(removed);
        refused(ErrorCode.DUPLICATE_TAG, event(NOW, tags));
    }

    @Test
    void the_method_is_that_of_the_request() {
        refused(ErrorCode.METHOD_MISMATCH, event(NOW, List.of(U, List.of("method", "post"), HASH)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://c.example/api/jobs",
                "https://a.example/api/jobs/",
                "https://a.example/api/jobs?",
                "https://a.example:443/api/jobs",
                "http://a.example/api/jobs",
                "https://A.example/api/jobs"
            })
    void the_address_is_ours_to_the_letter(String url) {
        refused(ErrorCode.URL_MISMATCH, event(NOW, List.of(List.of("u", url), METHOD, HASH)));
    }

    @Test
    void the_payload_is_the_hash_of_the_body() {
        refused(ErrorCode.PAYLOAD_MISMATCH, event(NOW, List.of(U, METHOD, List.of("payload", "0".repeat(64)))));
    }

    @Test
    void the_payload_may_be_in_hex_of_either_case() {
        passes(event(NOW, List.of(U, METHOD, List.of("payload", PAYLOAD.toUpperCase(Locale.ROOT)))));
        refused(ErrorCode.PAYLOAD_MISMATCH, event(NOW, List.of(U, METHOD, List.of("payload", PAYLOAD + " "))));
        refused(ErrorCode.PAYLOAD_MISMATCH, event(NOW, List.of(U, METHOD, List.of("payload", ""))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "POST", "DELETE"})
    void a_request_without_a_body_needs_no_payload_but_one_that_is_there_has_to_be_right(String method) {
        Signed request = new Signed(method, URLS, EMPTY);
        List<String> named = List.of("method", method);
        List<String> empty = List.of("payload", EMPTY);

        passes(request, event(NOW, List.of(U, named)));
        passes(request, event(NOW, List.of(U, named, empty)));
        refused(ErrorCode.PAYLOAD_MISMATCH, request, event(NOW, List.of(U, named, HASH)));
        refused(ErrorCode.DUPLICATE_TAG, request, event(NOW, List.of(U, named, empty, empty)));
        refused(ErrorCode.MISSING_TAG, request, event(NOW, List.of(U, named, List.of("payload"))));
        refused(ErrorCode.MISSING_TAG, new Signed(method, URLS, PAYLOAD), event(NOW, List.of(U, named)));
    }

    @Test
    void a_method_is_signed_as_it_is_sent() {
        Signed head = new Signed("HEAD", URLS, EMPTY);

        refused(ErrorCode.METHOD_MISMATCH, head, event(NOW, List.of(U, List.of("method", "GET"))));
    }

    @Test
    void the_time_is_ours_give_or_take_the_window() {
        passes(event(NOW.minusSeconds(120), List.of(U, METHOD, HASH)));
        passes(event(NOW.plusSeconds(120), List.of(U, METHOD, HASH)));
        refused(ErrorCode.CREATED_AT_TOO_OLD, event(NOW.minusSeconds(121), List.of(U, METHOD, HASH)));
        refused(ErrorCode.CREATED_AT_IN_FUTURE, event(NOW.plusSeconds(121), List.of(U, METHOD, HASH)));
    }

    @Test
    void an_expiration_of_its_own_counts() {
        String past = Long.toString(NOW.getEpochSecond() - 1);
        refused(ErrorCode.EVENT_EXPIRED, event(NOW, List.of(U, METHOD, HASH, List.of("expiration", past))));
    }

    @Test
    void its_login_is_named_by_its_id_and_outlives_every_time_at_which_it_would_be_accepted() {
        Event event = event(NOW, List.of(U, METHOD, HASH));

        assertThat(RequestEvent.login(event).toString().replace("-", ""))
                .isEqualTo(event.id().substring(0, 32));
        assertThat(check.expiry(event)).isEqualTo(NOW.plusSeconds(240));
    }
}
