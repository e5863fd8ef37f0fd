package dev.nostrtrust.trust.api;

import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.http.BodyFields;
import dev.nostrtrust.http.QueryFields;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.http.RouteModule;
import dev.nostrtrust.http.Routes;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.Ledger;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The HTTP routes of trust. A user reads its own trust; services and operators read the trust of every identity. */
public final class TrustRoutes implements RouteModule {
    private static final int MAX_PAGE = 1000;
    private static final int DEFAULT_PAGE = 100;

    /** An nprofile with relays is longer than a key. */
    private static final int MAX_KEY_LENGTH = 1000;

    /** As many npubs as a lookup takes, with white space between them. */
    private static final int LOOKUP_BYTES = 100 * TrustService.MAX_LOOKUP;

    private final Authenticator authenticator;
    private final Function<Caller, Future<Caller>> requireLive;
    private final TrustService trust;
    private final Ledger ledger;
    private final TrustPolicy policy;

    /**
     * Creates the routes.
     *
     * @param requireLive fails if a user's login is revoked or the identity is blocked
     */
    public TrustRoutes(
            Authenticator authenticator,
            Function<Caller, Future<Caller>> requireLive,
            TrustService trust,
            Ledger ledger,
            TrustPolicy policy) {
        this.authenticator = authenticator;
        this.requireLive = requireLive;
        this.trust = trust;
        this.ledger = ledger;
        this.policy = policy;
    }

    @Override
    public void mount(Routes routes) {
        routes.get("/api/trust/me", this::me);
        routes.get("/api/trust/policy", this::policy);
        routes.post("/api/trust/lookup", this::lookUp);
        routes.acceptLarger("/api/trust/lookup", LOOKUP_BYTES, this::requireService);
        routes.get("/api/trust/{pubkey}", this::identity);
        routes.get("/api/trust/{pubkey}/history", this::history);
    }

    private Future<Reply> me(Request request) {
        return authenticator.require(request, Scope.USER).compose(requireLive).compose(caller -> {
            request.query().check();
            return report(new PublicKey(caller.subject()));
        });
    }

    private Future<Reply> identity(Request request) {
        return subject(request).compose(pubkey -> {
            request.query().check();
            return report(pubkey);
        });
    }

    private Future<Reply> lookUp(Request request) {
        return requireService(request).compose(service -> {
            request.query().check();
            BodyFields fields = request.fields();
            List<String> texts = fields.strings("pubkeys", TrustService.MAX_LOOKUP, MAX_KEY_LENGTH);
            List<PublicKey> pubkeys = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) {
                try {
                    pubkeys.add(PublicKey.parse(texts.get(i)));
                } catch (ApiError invalid) {
                    if (invalid.code() == ErrorCode.NSEC_REFUSED) {
                        throw invalid;
                    }
                    fields.reject("pubkeys[" + i + "]", invalid.detail());
                }
            }
            fields.check();
            return trust.lookUp(pubkeys).map(Reply::ok);
        });
    }

    private Future<Caller> requireService(Request request) {
        return authenticator.require(request, Scope.SERVICE, Scope.OPERATOR);
    }

    private Future<Reply> history(Request request) {
        return subject(request).compose(pubkey -> {
            QueryFields query = request.query();
            long before = query.integer("before", Long.MAX_VALUE, 1, Long.MAX_VALUE);
            int limit = (int) query.integer("limit", DEFAULT_PAGE, 1, MAX_PAGE);
            query.check();
            return report(pubkey)
                    .compose(known -> ledger.history(pubkey, before, limit))
                    .map(entries -> Reply.ok(Json.object()
                            .put("entries", Json.array(toJson(entries)))
                            .put("next_before", entries.size() < limit ? null : (Long) last(entries))
                            .build()));
        });
    }

    private Future<Reply> policy(Request request) {
        request.query().check();
        return Future.succeededFuture(Reply.ok(PolicyDocument.of(policy)));
    }

    /** The identity in the path. The token of a user gives access to its own identity only. */
    private Future<PublicKey> subject(Request request) {
        return authenticator
                .require(request, Scope.USER, Scope.SERVICE, Scope.OPERATOR)
                .compose(requireLive)
                .compose(caller ->
                        isOwn(request, caller) ? Future.succeededFuture(caller) : authenticator.promote(caller))
                .map(caller -> {
                    PublicKey pubkey = isOwn(request, caller)
                            ? new PublicKey(caller.subject())
                            : PublicKey.parse(request.path("pubkey"));
                    if (caller.scope() == Scope.USER && !pubkey.hex().equals(caller.subject())) {
                        throw ApiError.of(
                                        ErrorCode.INSUFFICIENT_SCOPE,
                                        "The token of a user gives access to its own trust only.")
                                .with("expected", List.of(Scope.SERVICE.code()));
                    }
                    return pubkey;
                });
    }

    private static boolean isOwn(Request request, Caller caller) {
        return request.path("pubkey").equals("me") && caller.scope() == Scope.USER;
    }

    private Future<Reply> report(PublicKey pubkey) {
        return trust.getReport(pubkey).map(found -> found.map(report -> Reply.ok(report.toJson()))
                .orElseThrow(
                        () -> ApiError.of(ErrorCode.IDENTITY_NOT_FOUND, "No identity with this public key is known.")));
    }

    private static List<Json.Obj> toJson(List<Entry> entries) {
        return entries.stream().map(Entry::toJson).toList();
    }

    private static long last(List<Entry> entries) {
        return entries.get(entries.size() - 1).seq();
    }
}
