package dev.nostrtrust.http;

import dev.nostrtrust.fault.Fault;
import dev.nostrtrust.fault.FaultKind;
import io.vertx.core.Future;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * From a request's credentials to its caller. Where a caller matters, credentials that are there and wrong are refused,
 * never ignored.
 */
public final class Callers {
    /** The longest text that is looked at as a token. */
    public static final int MAX_TOKEN = 2048;

    private static final String NOSTR = "nostr ";

    private final Function<String, Future<Caller>> tokens;
    private final BiFunction<Request, String, Future<SignedRequest>> events;
    private final RateLimits rates;

    /**
     * Makes callers.
     *
     * @param tokens checks a token and says whose it is; fails with the fault that refuses it
     * @param events the same for an event in base64 that signs a request (NIP-98)
     * @param rates how often anyone may create something
     */
    public Callers(
            Function<String, Future<Caller>> tokens,
            BiFunction<Request, String, Future<SignedRequest>> events,
            RateLimits rates) {
        this.tokens = tokens;
        this.events = events;
        this.rates = rates;
    }

    /**
     * Who creates something: nobody in particular, the user of a token in the header or the body, or the signer of the
     * request. It is counted against the rate of whoever it is.
     */
    public Future<Caller> creator(Request request, @Nullable String bodyToken) {
        String event = event(request);
        return event == null ? holder(request, bodyToken) : signer(request, event, bodyToken);
    }

    private Future<Caller> holder(Request request, @Nullable String bodyToken) {
        return bearer(request)
                .compose(header -> {
                    if (header != null && bodyToken != null && !header.equals(bodyToken)) {
                        return both(header, bodyToken);
                    }
                    String token = header == null ? bodyToken : header;
                    return token == null ? Future.succeededFuture(Caller.ANONYMOUS) : tokens.apply(token);
                })
                .compose(caller -> only(caller, EnumSet.of(Scope.ANONYMOUS, Scope.USER)))
                .compose(caller -> rates.creation(request, caller));
    }

    /** Whose token this is; it has to be there and of one of these scopes. */
    public Future<Caller> require(Request request, Scope first, Scope... others) {
        return token(request).compose(tokens).compose(caller -> only(caller, EnumSet.of(first, others)));
    }

    /** The token in the header, which has to be there; it is not checked yet. */
    public Future<String> token(Request request) {
        return bearer(request).map(header -> {
            if (header == null) {
                throw Fault.of(FaultKind.TOKEN_REQUIRED, "This takes a token: Authorization: Bearer <token>.");
            }
            return header;
        });
    }

    private Future<Caller> both(String header, String body) {
        return Future.all(tokens.apply(header), tokens.apply(body)).compose(callers -> {
            Caller one = callers.resultAt(0);
            Caller other = callers.resultAt(1);
            return Objects.equals(one.login(), other.login()) && one.subject().equals(other.subject())
                    ? Future.succeededFuture(one)
                    : Future.failedFuture(Fault.of(
                            FaultKind.CONFLICTING_CREDENTIALS,
                            "The header and the body hold tokens of different logins."));
        });
    }

    /** A signature takes no room among what is in the works before it was found right, like that of a login. */
    private Future<Caller> signer(Request request, String event, @Nullable String bodyToken) {
        if (bodyToken == null) {
            return proof(request, event)
                    .compose(signed -> redeem(
                            request,
                            signed,
                            new Caller(Scope.USER, signed.pubkey().hex(), null, null)));
        }
        return tokens.apply(bodyToken)
                .compose(caller -> only(caller, EnumSet.of(Scope.USER)))
                .compose(caller -> proof(request, event)
                        .compose(signed -> same(signed, caller))
                        .compose(signed -> redeem(request, signed, caller))
                        // The token's login is the one that may have ended: who acts under it finds out.
                        .map(redeemed -> caller));
    }

    private Future<SignedRequest> proof(Request request, String event) {
        request.stepAside();
        return rates.proof(request).compose(in -> events.apply(request, event));
    }

    /** What is refused for its rate is not spent. */
    private Future<Caller> redeem(Request request, SignedRequest signed, Caller creator) {
        return rates.creation(request, creator)
                .compose(in -> request.takePlace())
                .compose(in -> signed.redemption().get());
    }

    private static Future<SignedRequest> same(SignedRequest signed, Caller caller) {
        return signed.pubkey().equals(caller.pubkey())
                ? Future.succeededFuture(signed)
                : Future.failedFuture(Fault.of(
                        FaultKind.CONFLICTING_CREDENTIALS, "The event and the token are those of different keys."));
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
        return Future.failedFuture(Fault.of(
                        FaultKind.INSUFFICIENT_SCOPE,
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
    public static Fault unknownScheme() {
        return Fault.of(FaultKind.INVALID_TOKEN, "Authorization is one header: Bearer <token>.");
    }
}
