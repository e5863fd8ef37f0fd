package dev.nostrtrust.login;

import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.Authenticator.SignedRequest;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.config.Origins;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.login.RedemptionStore.Redemption;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.Sha256;
import dev.nostrtrust.nostr.VerifiedEvent;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;

/**
 * Verifies signed requests (NIP-98). The event is a login that is redeemed at once, under the same limits as any login.
 * An event is valid for one request, or for any number of safe requests (GET, HEAD) within the time window. Belongs to
 * one event loop.
 */
final class SignedRequestVerifier {
    private static final String USED =
            "The event was sent before. Sign a new one. If you send the same request twice in one second, add a tag"
                    + " such as [\"nonce\", \"<random text>\"] to each event.";

    private final boolean on;
    private final Origins origins;
    private final RequestEvent check;
    private final LoginService logins;
    private final InstantSource clock;

    SignedRequestVerifier(Settings settings, Origins origins, LoginService logins, InstantSource clock) {
        this.on = settings.nip98();
        this.origins = origins;
        this.check = new RequestEvent(settings.nip98Window());
        this.logins = logins;
        this.clock = clock;
    }

    /**
     * Verifies that the event names this request and is signed by its key. Nothing is written before the result is
     * redeemed. The redemption fails with {@code identity_blocked}, and with {@code event_used} for an event that was
     * used before unless the request is safe.
     *
     * @return fails with the first refusal of docs/login.md that applies
     */
    Future<SignedRequest> prove(Request request, String base64) {
        return on
                ? Future.succeededFuture(base64)
                        .map(text -> checked(request, text))
                        .compose(logins::verify)
                        .map(event -> new SignedRequest(event.pubkey(), () -> redeem(request, event)))
                        .recover(failure -> logins.refusals().fail(request, failure))
                : Future.failedFuture(Authenticator.unknownScheme());
    }

    private Event checked(Request request, String base64) {
        Event event = EventHeader.parse(base64);
        List<String> urls =
                origins.all().stream().map(origin -> origin + request.target()).toList();
        String payload = Hex.encode(Sha256.of(request.body()));
        check.check(event, new RequestEvent.Signed(request.method(), urls, payload), clock.instant());
        return event;
    }

    private Future<Caller> redeem(Request request, VerifiedEvent verified) {
        Event event = verified.event();
        UUID login = RequestEvent.login(event);
        Instant expiresAt = check.expiry(event);
        Redemption redemption = new Redemption(login, verified.pubkey(), expiresAt, !request.isSafe());
        Caller caller = new Caller(Scope.USER, verified.pubkey().hex(), login, expiresAt);
        return logins.redeem(redemption, ErrorCode.EVENT_USED, USED).map(caller).recover(failure -> {
            boolean used = failure instanceof ApiError error && error.code() == ErrorCode.EVENT_USED;
            if (used && request.isSafe()) {
                return Future.succeededFuture(caller);
            }
            return used && IdempotencyKey.keyOf(request) != null
                    ? Future.failedFuture(failure)
                    : logins.refusals().fail(request, failure);
        });
    }
}
