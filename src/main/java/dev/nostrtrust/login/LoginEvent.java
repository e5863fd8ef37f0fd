package dev.nostrtrust.login;

import dev.nostrtrust.config.Origins;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.login.Challenge.Purpose;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks the content of a login event in the order of docs/login.md, without its signature: kind, key, tags, method,
 * URL, nonce, times, content. Pure; any thread.
 */
final class LoginEvent {
    private static final Duration TOLERANCE = Duration.ofMinutes(10);
    private static final Pattern RELAY = Pattern.compile("ws(?<secure>s?)://(?<authority>[^/?#]+)/?");

    private final LoginPolicy policy;
    private final ChallengeCodec nonces;

    LoginEvent(LoginPolicy policy, ChallengeCodec nonces) {
        this.policy = policy;
        this.nonces = nonces;
    }

    /**
     * Returns the challenge that the event answers.
     *
     * @param expected reads the key that the client announced, if any; evaluated in the order of the checks
     * @throws ApiError the first refusal that applies
     */
    Challenge check(Event event, Purpose purpose, Supplier<@Nullable PublicKey> expected, Instant now) {
        checkKind(event, purpose);
        checkPubkey(event, expected.get());
        List<String> origins = checkAddress(event, purpose);
        Challenge challenge = nonces.open(EventTags.single(event, "challenge"), purpose, origins);
        checkTimes(event, challenge, now);
        checkContent(event, purpose, purpose.statement(Origins.authority(challenge.origin())));
        return challenge;
    }

    // A NIP-42 event does not name its purpose, and many signers sign it without asking.
    private void checkKind(Event event, Purpose purpose) {
        List<Integer> kinds =
                switch (purpose) {
                    case LOGIN -> policy.kinds();
                    case ERASE -> List.of(LoginPolicy.HTTP_AUTH);
                };
        if (!kinds.contains(event.kind())) {
            throw ApiError.of(ErrorCode.UNSUPPORTED_KIND, "The server does not accept this kind of event.")
                    .with("expected", kinds);
        }
    }

    private static void checkPubkey(Event event, @Nullable PublicKey expected) {
        if (expected != null && !expected.equals(event.pubkey())) {
            throw ApiError.of(
                            ErrorCode.PUBKEY_MISMATCH,
                            "The event was signed by a different key than the announced one.")
                    .with("expected", expected.hex())
                    .with("actual", event.pubkey().hex());
        }
    }

    /**
     * The origins for which the challenge may have been issued: the origin in the URL of the event, or all origins for
     * a relay address (NIP-42). A client without Origin header gets its challenges for the first origin.
     */
    private List<String> checkAddress(Event event, Purpose purpose) {
        boolean relay = event.kind() == LoginPolicy.RELAY_AUTH;
        String address = EventTags.single(event, relay ? "relay" : "u");
        String method = relay ? purpose.method() : EventTags.single(event, "method");
        EventTags.single(event, "challenge");
        if (!method.equals(purpose.method())) {
            throw ApiError.of(ErrorCode.METHOD_MISMATCH, "The method tag does not match the request.")
                    .with("expected", purpose.method());
        }
        List<String> ours = policy.origins().all();
        List<String> named = ours.stream()
                .filter(origin -> relay ? origin.equals(originOf(address)) : address.equals(purpose.url(origin)))
                .toList();
        if (named.isEmpty()) {
            throw wrongAddress(relay, purpose);
        }
        return relay ? ours : named;
    }

    private ApiError wrongAddress(boolean relay, Purpose purpose) {
        List<String> expected = policy.origins().all().stream()
                .map(origin -> relay ? origin.replaceFirst("http", "ws") : purpose.url(origin))
                .toList();
        return ApiError.of(ErrorCode.URL_MISMATCH, "The event names an address that is not this server's.")
                .with("expected", expected);
    }

    private static void checkTimes(Event event, Challenge challenge, Instant now) {
        if (!now.isBefore(challenge.expiresAt())) {
            throw ApiError.of(ErrorCode.CHALLENGE_EXPIRED, "The challenge has expired. Request a new one.")
                    .with("expired_at", challenge.expiresAt());
        }
        Instant oldest = challenge.issuedAt().minus(TOLERANCE);
        if (event.createdAt() < oldest.getEpochSecond()) {
            throw ApiError.of(
                            ErrorCode.CREATED_AT_TOO_OLD,
                            "The event is older than its challenge. Check the clock of your device.")
                    .with("expected", "at least " + oldest.getEpochSecond());
        }
        Instant newest = now.plus(TOLERANCE);
        if (event.createdAt() > newest.getEpochSecond()) {
            throw ApiError.of(
                            ErrorCode.CREATED_AT_IN_FUTURE,
                            "The event is dated in the future. Check the clock of your device.")
                    .with("expected", "at most " + newest.getEpochSecond());
        }
        EventTags.checkExpiration(event, now);
    }

    private static void checkContent(Event event, Purpose purpose, String statement) {
        boolean silent = purpose == Purpose.LOGIN && event.content().isEmpty();
        if (!silent && !event.content().equals(statement)) {
            throw ApiError.of(
                            ErrorCode.CONTENT_MISMATCH,
                            "The content must be the statement of the challenge, or empty for a login.")
                    .with("expected", statement);
        }
    }

    /** The origin of a relay address without a path: wss becomes https, ws becomes http; empty for any other text. */
    private static String originOf(String relay) {
        Matcher address = RELAY.matcher(relay.toLowerCase(Locale.ROOT));
        if (!address.matches()) {
            return "";
        }
        String defaultPort = address.group("secure").isEmpty() ? ":80" : ":443";
        String authority = address.group("authority");
        return "http" + address.group("secure") + "://"
                + (authority.endsWith(defaultPort)
                        ? authority.substring(0, authority.length() - defaultPort.length())
                        : authority);
    }
}
