package dev.nostrtrust.auth;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.http.BodyFields;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.nostr.PublicKey;
import io.vertx.core.Future;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Identifies the caller of a request by its credentials. A route that identifies its caller refuses invalid credentials
 * and never ignores them.
 */
public final class Authenticator {
    /** The maximum length of a token in characters. */
    public static final int MAX_TOKEN = 2048;

    private static final String NOSTR = "nostr ";

    private final Credentials credentials;
    private final Operators operators;
    private final BiFunction<Request, String, Future<SignedRequest>> events;
    private final RateLimits rates;

    /**
     * Creates the authenticator.
     *
     * @param credentials checks a token and returns its caller
     * @param events the same for an event in base64 that signs a request (NIP-98)
     * @param rates the rate limits of creations
     */
    public Authenticator(
            Credentials credentials,
            Operators operators,
            BiFunction<Request, String, Future<SignedRequest>> events,
            RateLimits rates) {
        this.credentials = credentials;
        this.operators = operators;
        this.events = events;
        this.rates = rates;
    }

    /**
     * A signed request (NIP-98) with a verified signature.
     *
     * @param pubkey the signer
     * @param redemption redeems the event, once in the whole cluster; the first write of the request
     */
    public record SignedRequest(PublicKey pubkey, Supplier<Future<Caller>> redemption) {}

    /**
     * An authorized creation.
     *
     * @param input the input as the route read it
     * @param usedEvent the error if the signing event was used before: the request creates nothing then, but a repeated
     *     {@code Idempotency-Key} gets the first result. Otherwise null
     */
    public record Creation<T>(
            Caller caller, T input, @Nullable ApiError usedEvent) {
        /** Runs the creation; for a used event, returns the result of the first request. */
        public <S> Future<S> createOrRepeat(Supplier<Future<S>> create, Supplier<Future<Optional<S>>> first) {
            return usedEvent == null ? create.get() : first.get().map(found -> found.orElseThrow(() -> usedEvent));
        }
    }

    /**
     * Identifies the caller of a creation: an anonymous caller, the user of a token in the header or in
     * {@code nostr_token}, or the signer of the request. The creation counts against the rate limits of the caller and
     * of the address. A service with its own token in the header and the user's token in the body has no limit of its
     * own.
     *
     * @param reader reads and checks the rest of the body, after the caller is known and before the creation is counted
     *     or an event is redeemed
     */
    public <T> Future<Creation<T>> authenticateCreator(Request request, Function<BodyFields, T> reader) {
        String event = event(request);
        return event == null ? byToken(request, reader) : bySignature(request, event, reader);
    }

    private <T> Future<Creation<T>> byToken(Request request, Function<BodyFields, T> reader) {
        return bearer(request)
                .compose(
                        header -> header == null ? Future.succeededFuture(Caller.ANONYMOUS) : credentials.check(header))
                .compose(caller -> caller.scope() == Scope.SERVICE
                        ? Future.succeededFuture(caller)
                        : requireUserOrAnonymous(caller))
                .compose(caller -> {
                    request.query().check();
                    BodyFields body = request.fields();
                    String token = body.optionalString("nostr_token", MAX_TOKEN);
                    return (token == null ? requireUserOrAnonymous(caller) : userOfBody(caller, token))
                            .map(creator -> new Creation<>(creator, reader.apply(body), null))
                            .compose(creation -> rates.creation(
                                            request, creation.caller(), caller.scope() == Scope.SERVICE)
                                    .map(creation));
                });
    }

    /**
     * The caller by token or by signed request. Where operators are allowed and users are not, a user whose key is in
     * {@code OPERATOR_PUBKEYS} is an operator. Fails without credentials or if the scope is not one of these.
     */
    public Future<Caller> require(Request request, Scope first, Scope... others) {
        Set<Scope> allowed = EnumSet.of(first, others);
        String event = allowed.contains(Scope.USER) ? event(request) : null;
        return event == null
                ? token(request).compose(credentials::check).compose(caller -> authorize(caller, allowed)
                        .onSuccess(in -> request.checkBeforeReread(() -> authorize(caller, allowed))))
                : verifyEvent(request, event).compose(signed -> request.acquirePermit()
                        .compose(in -> signed.redemption().get()));
    }

    /** The caller of a token that was not sent as a credential of this request. Fails with the error of the token. */
    public Future<Caller> check(String token) {
        return credentials.check(token);
    }

    /** The user as an operator if its key is in {@code OPERATOR_PUBKEYS}; see {@link Operators#promote}. */
    public Future<Caller> promote(Caller caller) {
        return operators.promote(caller);
    }

    /** The caller of a checked token with one of these scopes. Called again while its request waits. */
    private Future<Caller> authorize(Caller caller, Set<Scope> allowed) {
        boolean forOperators = allowed.contains(Scope.OPERATOR) && !allowed.contains(Scope.USER);
        return credentials
                .requireLive(caller)
                .compose(live -> forOperators ? operators.promote(live) : Future.succeededFuture(live))
                .compose(promoted -> requireScope(promoted, allowed));
    }

    /** The token in the header, unchecked. Fails with {@code token_required} without a token. */
    public Future<String> token(Request request) {
        return bearer(request).map(header -> {
            if (header == null) {
                throw ApiError.of(
                        ErrorCode.TOKEN_REQUIRED, "Send a token in the header: Authorization: Bearer <token>.");
            }
            return header;
        });
    }

    /** Whether a request has the token of a worker; false if the check of the token needs a worker thread. */
    public boolean isWorker(Request request) {
        String token = bearer(request).result();
        return token != null
                && credentials
                        .checkNow(token)
                        .filter(caller -> caller.scope() == Scope.WORKER)
                        .isPresent();
    }

    /** The user of the token in the body. The header must have the same login, a service's token or no token. */
    private Future<Caller> userOfBody(Caller header, String token) {
        return credentials
                .check(token)
                .compose(Authenticator::requireUserOrAnonymous)
                .compose(
                        caller -> header.isAnonymous()
                                        || header.scope() == Scope.SERVICE
                                        || (Objects.equals(header.login(), caller.login())
                                                && header.subject().equals(caller.subject()))
                                ? Future.succeededFuture(caller)
                                : Future.failedFuture(
                                        ApiError.of(
                                                ErrorCode.CONFLICTING_CREDENTIALS,
                                                "The tokens in the header and in nostr_token belong to different logins. Send one of them.")));
    }

    private static Future<Caller> requireUserOrAnonymous(Caller caller) {
        return requireScope(caller, EnumSet.of(Scope.ANONYMOUS, Scope.USER));
    }

    /** Verifies the signature before it takes a permit, as for a login. */
    private <T> Future<Creation<T>> bySignature(Request request, String event, Function<BodyFields, T> reader) {
        return verifyEvent(request, event).compose(signed -> {
            request.query().check();
            BodyFields body = request.fields();
            String token = body.optionalString("nostr_token", MAX_TOKEN);
            Future<Caller> signer = token == null
                    ? Future.succeededFuture(
                            new Caller(Scope.USER, signed.pubkey().hex(), null, null))
                    : credentials
                            .check(token)
                            .compose(Authenticator::requireUserOrAnonymous)
                            .compose(caller -> requireSameKey(signed, caller));
            return signer.map(caller -> new Creation<>(caller, reader.apply(body), null))
                    .compose(creation -> redeem(request, signed, creation.caller())
                            // With a token, the creation checks the login of the token.
                            .map(redeemed ->
                                    token == null ? new Creation<>(redeemed, creation.input(), null) : creation)
                            .recover(failure -> repeat(request, creation, failure)));
        });
    }

    /** A used event creates nothing. With an idempotency key, the first result can be requested again. */
    private static <T> Future<Creation<T>> repeat(Request request, Creation<T> creation, Throwable failure) {
        return failure instanceof ApiError error
                        && error.code() == ErrorCode.EVENT_USED
                        && IdempotencyKey.keyOf(request) != null
                ? Future.succeededFuture(new Creation<>(creation.caller(), creation.input(), error))
                : Future.failedFuture(failure);
    }

    private Future<SignedRequest> verifyEvent(Request request, String event) {
        request.releasePermit();
        return rates.proof(request).compose(in -> events.apply(request, event));
    }

    /** Redeems the event after the rate limits, so that a refused request can be sent again. */
    private Future<Caller> redeem(Request request, SignedRequest signed, Caller creator) {
        return rates.creation(request, creator, false)
                .compose(in -> request.acquirePermit())
                .compose(in -> signed.redemption().get());
    }

    private static Future<Caller> requireSameKey(SignedRequest signed, Caller caller) {
        return signed.pubkey().equals(caller.pubkey())
                ? Future.succeededFuture(caller)
                : Future.failedFuture(ApiError.of(
                        ErrorCode.CONFLICTING_CREDENTIALS,
                        "The event and nostr_token belong to different keys. Send a token of the signer, or none."));
    }

    /** This caller if its scope is one of these; fails with {@code insufficient_scope}. */
    public static Future<Caller> requireScope(Caller caller, Set<Scope> allowed) {
        if (allowed.contains(caller.scope())) {
            return Future.succeededFuture(caller);
        }
        List<String> names = allowed.stream()
                .filter(scope -> scope != Scope.ANONYMOUS)
                .map(Scope::code)
                .toList();
        return Future.failedFuture(ApiError.of(
                        ErrorCode.INSUFFICIENT_SCOPE,
                        "The scope " + caller.scope().code() + " does not permit this request.")
                .with("expected", names));
    }

    private static Future<@Nullable String> bearer(Request request) {
        List<String> headers = request.headers("Authorization");
        if (headers.isEmpty()) {
            return Future.succeededFuture(null);
        }
        String header = headers.get(0);
        if (headers.size() > 1 || !header.toLowerCase(Locale.ROOT).startsWith("bearer ")) {
            return Future.failedFuture(unknownScheme());
        }
        return Future.succeededFuture(header.substring("bearer ".length()).strip());
    }

    /** The event in the Authorization header; null without an event. */
    private static @Nullable String event(Request request) {
        List<String> headers = request.headers("Authorization");
        return headers.size() == 1 && headers.get(0).toLowerCase(Locale.ROOT).startsWith(NOSTR)
                ? headers.get(0).substring(NOSTR.length()).strip()
                : null;
    }

    /** The error for an unknown scheme of the Authorization header. */
    public static ApiError unknownScheme() {
        return ApiError.of(ErrorCode.INVALID_TOKEN, "Send one header: Authorization: Bearer <token>.");
    }
}
