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
 * Requests that are signed themselves (NIP-98): the event is a login that is redeemed at once. It is under the same
 * limits as any login. An event is good for one request, or for any number of safe ones (GET, HEAD) while its time is
 * within the window. One of these belongs to one event loop.
 */
final class RequestVerifier {
    private static final String USED =
            "The event was sent before. Sign a new one. Two requests that are the same and are"
                    + " signed in one second differ by a tag of their own, such as [\"nonce\", \"<random text>\"].";

    private final boolean on;
    private final Origins origins;
    private final RequestEvent check;
    private final LoginService logins;
    private final InstantSource clock;

    /** Makes the proofs of the event loop that this service belongs to. */
    RequestVerifier(Settings settings, Origins origins, LoginService logins, InstantSource clock) {
        this.on = settings.nip98();
        this.origins = origins;
        this.check = new RequestEvent(settings.nip98Window());
        this.logins = logins;
        this.clock = clock;
    }

    /**
     * Proves that the event is about this request and signed by its key. Nothing is written before the redemption of
     * what is returned, which fails with {@code event_used} for all but the first unless the request is safe, and with
     * {@code identity_blocked}.
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
