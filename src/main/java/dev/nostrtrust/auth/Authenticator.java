package dev.nostrtrust.auth;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.http.Fields;
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
 * From a request's credentials to its caller. Where a caller matters, credentials that are there and wrong are refused,
 * never ignored.
 */
public final class Authenticator {
    /** The longest text that is looked at as a token. */
    public static final int MAX_TOKEN = 2048;

    private static final String NOSTR = "nostr ";

    private final Function<String, Future<Caller>> tokens;
    private final Function<String, Optional<Caller>> quickly;
    private final BiFunction<Request, String, Future<SignedRequest>> events;
    private final RateLimits rates;

    /**
     * Makes authenticator.
     *
     * @param tokens checks a token and says whose it is; fails with the fault that refuses it
     * @param quickly the same at once; empty where that would take time, or the token is refused
     * @param events the same for an event in base64 that signs a request (NIP-98)
     * @param rates how often anyone may create something
     */
    public Authenticator(
            Function<String, Future<Caller>> tokens,
            Function<String, Optional<Caller>> quickly,
            BiFunction<Request, String, Future<SignedRequest>> events,
            RateLimits rates) {
        this.tokens = tokens;
        this.quickly = quickly;
        this.events = events;
        this.rates = rates;
    }

    /**
     * A request that is signed itself (NIP-98), with its signature verified.
     *
     * @param pubkey the signer
     * @param redemption redeems the event, once in the whole cluster; nothing is written before
     */
    public record SignedRequest(PublicKey pubkey, Supplier<Future<Caller>> redemption) {}

    /**
     * A creation that is allowed.
     *
     * @param order the input as the route read it
     * @param used the refusal where the event that signs the request was used before: nothing is created then, but what
     *     the first request with the same {@code Idempotency-Key} created may be shown again. Otherwise null
     */
    public record Creation<T>(
            Caller caller, T order, @Nullable ApiError used) {
        /** Creates something, or shows what the first request of an event created. */
        public <S> Future<S> make(Supplier<Future<S>> create, Supplier<Future<Optional<S>>> first) {
            return used == null ? create.get() : first.get().map(found -> found.orElseThrow(() -> used));
        }
    }

    /**
     * Identifies the creator of something: an anonymous caller, the user of a token in the header or in
     * {@code nostr_token}, or the signer of the request. The creation counts against the rates of that caller and of
     * the address; a service with its own token in the header and its user's token in the body has no rate of its own.
     *
     * @param reader reads the rest of the body and checks all of it, after the caller is known and before anything is
     *     counted or spent
     */
    public <T> Future<Creation<T>> creator(Request request, Function<Fields, T> reader) {
        String event = event(request);
        return event == null ? holder(request, reader) : signer(request, event, reader);
    }

    private <T> Future<Creation<T>> holder(Request request, Function<Fields, T> reader) {
        return bearer(request)
                .compose(header -> header == null ? Future.succeededFuture(Caller.ANONYMOUS) : tokens.apply(header))
                .compose(known -> known.scope() == Scope.SERVICE ? Future.succeededFuture(known) : user(known))
                .compose(known -> {
                    request.query().check();
                    Fields body = request.fields();
                    String token = body.optionalString("nostr_token", MAX_TOKEN);
                    return (token == null ? user(known) : holder(known, token))
                            .map(caller -> new Creation<>(caller, reader.apply(body), null))
                            .compose(creation -> rates.creation(
                                            request, creation.caller(), known.scope() == Scope.SERVICE)
                                    .map(creation));
                });
    }

    /** Whose token this is, or who signed the request; one of them has to be there and of one of these scopes. */
    public Future<Caller> require(Request request, Scope first, Scope... others) {
        Set<Scope> allowed = EnumSet.of(first, others);
        String event = allowed.contains(Scope.USER) ? event(request) : null;
        return event == null
                ? token(request).compose(tokens).compose(caller -> only(caller, allowed))
                : proof(request, event).compose(signed -> request.acquirePermit()
                        .compose(in -> signed.redemption().get()));
    }

    /** The token in the header, which has to be there; it is not checked yet. */
    public Future<String> token(Request request) {
        return bearer(request).map(header -> {
            if (header == null) {
                throw ApiError.of(ErrorCode.TOKEN_REQUIRED, "This takes a token: Authorization: Bearer <token>.");
            }
            return header;
        });
    }

    /** Whether a request presents a worker's token, as far as that can be told at once. */
    public boolean isWorker(Request request) {
        String token = bearer(request).result();
        return token != null
                && quickly.apply(token)
                        .filter(caller -> caller.scope() == Scope.WORKER)
                        .isPresent();
    }

    /** The user of the token in the body, whose header names the same login, a service or nobody. */
    private Future<Caller> holder(Caller known, String token) {
        return tokens.apply(token)
                .compose(Authenticator::user)
                .compose(caller -> known.isAnonymous()
                                || known.scope() == Scope.SERVICE
                                || (Objects.equals(known.login(), caller.login())
                                        && known.subject().equals(caller.subject()))
                        ? Future.succeededFuture(caller)
                        : Future.failedFuture(ApiError.of(
                                ErrorCode.CONFLICTING_CREDENTIALS,
                                "The header and the body hold tokens of different logins.")));
    }

    private static Future<Caller> user(Caller caller) {
        return only(caller, EnumSet.of(Scope.ANONYMOUS, Scope.USER));
    }

    /** A signature takes no room among what is in the works before it was found right, like that of a login. */
    private <T> Future<Creation<T>> signer(Request request, String event, Function<Fields, T> reader) {
        return proof(request, event).compose(signed -> {
            request.query().check();
            Fields body = request.fields();
            String token = body.optionalString("nostr_token", MAX_TOKEN);
            Future<Caller> signer = token == null
                    ? Future.succeededFuture(
                            new Caller(Scope.USER, signed.pubkey().hex(), null, null))
                    : tokens.apply(token).compose(Authenticator::user).compose(caller -> same(signed, caller));
            return signer.map(caller -> new Creation<>(caller, reader.apply(body), null))
                    .compose(creation -> redeem(request, signed, creation.caller())
                            // The token's login is the one that may have ended: who acts under it finds out.
                            .map(redeemed ->
                                    token == null ? new Creation<>(redeemed, creation.order(), null) : creation)
                            .recover(failure -> repeat(request, creation, failure)));
        });
    }

    /** An event that was used before creates nothing, but the first answer may be asked for again. */
    private static <T> Future<Creation<T>> repeat(Request request, Creation<T> creation, Throwable failure) {
        return failure instanceof ApiError error
                        && error.code() == ErrorCode.EVENT_USED
                        && IdempotencyKey.keyOf(request) != null
                ? Future.succeededFuture(new Creation<>(creation.caller(), creation.order(), error))
                : Future.failedFuture(failure);
    }

    private Future<SignedRequest> proof(Request request, String event) {
        request.releasePermit();
        return rates.proof(request).compose(in -> events.apply(request, event));
    }

    /** What is refused for its rate is not spent. */
    private Future<Caller> redeem(Request request, SignedRequest signed, Caller creator) {
        return rates.creation(request, creator, false)
                .compose(in -> request.acquirePermit())
                .compose(in -> signed.redemption().get());
    }

    private static Future<Caller> same(SignedRequest signed, Caller caller) {
        return signed.pubkey().equals(caller.pubkey())
                ? Future.succeededFuture(caller)
                : Future.failedFuture(ApiError.of(
                        ErrorCode.CONFLICTING_CREDENTIALS, "The event and the token are those of different keys."));
    }

    /** This caller, if the scope is one of these; fails with {@code insufficient_scope}. */
    public static Future<Caller> only(Caller caller, Set<Scope> allowed) {
        if (allowed.contains(caller.scope())) {
            return Future.succeededFuture(caller);
        }
        List<String> names = allowed.stream()
                .filter(scope -> scope != Scope.ANONYMOUS)
                .map(Scope::code)
                .toList();
        return Future.failedFuture(ApiError.of(
                        ErrorCode.INSUFFICIENT_SCOPE,
                        "A token of scope " + caller.scope().code() + " may not do this.")
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

    /** The event of the one header that has one. */
    private static @Nullable String event(Request request) {
        List<String> headers = request.headers("Authorization");
        return headers.size() == 1 && headers.get(0).toLowerCase(Locale.ROOT).startsWith(NOSTR)
                ? headers.get(0).substring(NOSTR.length()).strip()
                : null;
    }

    /** The refusal of an Authorization that is none that is known here. */
    public static ApiError unknownScheme() {
        return ApiError.of(ErrorCode.INVALID_TOKEN, "Authorization is one header: Bearer <token>.");
    }
}
