package dev.nostrtrust.operator;

import dev.nostrtrust.auth.Actor;
import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.IdentityStore;
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
import dev.nostrtrust.operator.IdentityListing.Filter;
import dev.nostrtrust.trust.model.Tier;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** The HTTP routes of identities for operators: list, show, end logins, erase. */
public final class IdentityRoutes implements RouteModule {
    private static final int MAX_PAGE = 100;
    private static final List<String> TIERS =
            Arrays.stream(Tier.values()).map(Tier::code).toList();

    private final Authenticator authenticator;
    private final IdentityListing listing;
    private final IdentityStore identities;
    private final Duration erasureGrace;
    private final InstantSource clock;

    /**
     * Creates the routes.
     *
     * @param erasureGrace the time between the request for an erasure and the erasure
     */
    public IdentityRoutes(
            Authenticator authenticator,
            IdentityListing listing,
            IdentityStore identities,
            Duration erasureGrace,
            InstantSource clock) {
        this.authenticator = authenticator;
        this.listing = listing;
        this.identities = identities;
        this.erasureGrace = erasureGrace;
        this.clock = clock;
    }

    @Override
    public void mount(Routes routes) {
        routes.get("/api/operator/identities", this::list);
        routes.get("/api/operator/identities/{pubkey}", this::show);
        routes.post(
                "/api/operator/identities/{pubkey}/logout",
                request -> act(
                        request,
                        actor -> identities.revokeLogins(pubkey(request), actor).map(Reply.noContent())));
        routes.post("/api/operator/identities/{pubkey}/erase", this::erase);
        routes.post(
                "/api/operator/identities/{pubkey}/keep",
                request -> act(request, actor -> identities
                        .withdrawErasure(pubkey(request), actor)
                        .map(Reply.noContent())));
        routes.post("/api/operator/logins/{id}/revoke", this::revokeLogin);
    }

    private Future<Reply> list(Request request) {
        return authenticator.require(request, Scope.OPERATOR).compose(operator -> {
            QueryFields query = request.query();
            Filter filter = filter(query);
            String after = query.publicKey("after");
            int limit = (int) query.integer("limit", MAX_PAGE, 1, MAX_PAGE);
            query.check();
            return listing.list(filter, after == null ? "" : after, limit)
                    .map(page -> Reply.ok(Json.object()
                            .put(
                                    "identities",
                                    Json.array(page.identities().stream()
                                            .map(listing::toJson)
                                            .toList()))
                            .put("next_after", page.next())
                            .build()));
        });
    }

    private static Filter filter(QueryFields query) {
        String tier = query.choice("tier", "", TIERS);
        return new Filter(
                tier.isEmpty() ? null : Tier.of(tier),
                query.optionalFlag("blocked"),
                query.time("seen_since"),
                query.time("seen_before"),
                query.number("min_balance"),
                query.number("max_balance"));
    }

    private Future<Reply> show(Request request) {
        return authenticator.require(request, Scope.OPERATOR).compose(operator -> {
            request.query().check();
            return listing.find(pubkey(request))
                    .map(found -> Reply.ok(listing.toJson(found.orElseThrow(() ->
                            ApiError.of(ErrorCode.IDENTITY_NOT_FOUND, "No identity with this public key is known.")))));
        });
    }

    private Future<Reply> erase(Request request) {
        return act(request, actor -> {
            Instant after = clock.instant().plus(erasureGrace);
            return identities
                    .erase(pubkey(request), actor, after)
                    .map(done -> Reply.accepted(
                            Json.object().put("erase_after", after).build()));
        });
    }

    private Future<Reply> revokeLogin(Request request) {
        return act(request, actor -> {
            UUID id = request.id("id")
                    .orElseThrow(() -> ApiError.of(ErrorCode.LOGIN_NOT_FOUND, "There is no such login."));
            return identities.revokeLogin(id, actor).map(Reply.noContent());
        });
    }

    private Future<Reply> act(Request request, Function<Actor, Future<Reply>> action) {
        return authenticator.require(request, Scope.OPERATOR).compose(operator -> {
            request.query().check();
            BodyFields body = request.fields();
            Actor actor = operator.actor(body);
            body.check();
            return action.apply(actor);
        });
    }

    private static PublicKey pubkey(Request request) {
        return PublicKey.parse(request.path("pubkey"));
    }
}
