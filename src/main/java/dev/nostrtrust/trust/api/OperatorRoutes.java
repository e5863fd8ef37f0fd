package dev.nostrtrust.trust.api;

import dev.nostrtrust.auth.Actor;
import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.http.BodyFields;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.http.RouteModule;
import dev.nostrtrust.http.Routes;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustReport;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The HTTP routes of operators: lock, block, adjust and reverse. Each route answers with the report after it. */
public final class OperatorRoutes implements RouteModule {
    private static final long MAX_SATS = 2_100_000_000_000_000L;
    private static final int MAX_NOTE = 1000;

    private final Authenticator authenticator;
    private final OperatorStore actions;
    private final TrustModel model;
    private final InstantSource clock;

    public OperatorRoutes(Authenticator authenticator, OperatorStore actions, TrustModel model, InstantSource clock) {
        this.authenticator = authenticator;
        this.actions = actions;
        this.model = model;
        this.clock = clock;
    }

    @Override
    public void mount(Routes routes) {
        routes.post("/api/trust/{pubkey}/lock", this::lock);
        routes.post("/api/trust/{pubkey}/block", this::block);
        routes.post("/api/trust/{pubkey}/adjust", this::adjust);
        routes.post("/api/jobs/{id}/reverse", this::reverse);
    }

    private Future<Reply> lock(Request request) {
        return act(request, (operator, body) -> {
            String code = body.optionalString("tier", 20);
            Tier tier = tier(code);
            Actor actor = operator.actor(body);
            if (body.optional("tier") == null || (code != null && tier == null)) {
                body.reject("tier", "Send one of " + tiers() + ", or null.");
            }
            body.check();
            return actions.lock(pubkey(request), tier, actor, clock.instant());
        });
    }

    private Future<Reply> block(Request request) {
        return act(request, (operator, body) -> {
            boolean blocked = body.flag("blocked", true);
            Actor actor = operator.actor(body);
            body.check();
            return actions.block(pubkey(request), blocked, actor, clock.instant());
        });
    }

    private Future<Reply> adjust(Request request) {
        return act(request, (operator, body) -> {
            long sats = body.integer("sats", -MAX_SATS, MAX_SATS);
            String note = body.optionalString("note", MAX_NOTE);
            Actor actor = operator.actor(body);
            body.check();
            String id = id(operator, IdempotencyKey.keyOf(request));
            return actions.adjust(pubkey(request), id, sats, actor, note, clock.instant());
        });
    }

    private Future<Reply> reverse(Request request) {
        return act(request, (operator, body) -> {
            Actor actor = operator.actor(body);
            body.check();
            UUID job =
                    request.id("id").orElseThrow(() -> ApiError.of(ErrorCode.JOB_NOT_FOUND, "There is no such job."));
            return actions.reverse(job, actor, clock.instant());
        });
    }

    private Future<Reply> act(Request request, BiFunction<Caller, BodyFields, Future<Standing>> action) {
        return authenticator
                .require(request, Scope.OPERATOR)
                .compose(operator -> {
                    request.query().check();
                    return action.apply(operator, request.fields());
                })
                .map(standing -> Reply.ok(
                        TrustReport.of(model, standing, clock.instant()).toJson()));
    }

    private static PublicKey pubkey(Request request) {
        return PublicKey.parse(request.path("pubkey"));
    }

    private String id(Caller operator, @Nullable String key) {
        return key == null ? UuidV7.next(clock.instant()).toString() : operator.subject() + ":" + key;
    }

    private static @Nullable Tier tier(@Nullable String code) {
        return Arrays.stream(Tier.values())
                .filter(tier -> tier.code().equals(code))
                .findFirst()
                .orElse(null);
    }

    private static List<String> tiers() {
        return Arrays.stream(Tier.values()).map(Tier::code).toList();
    }
}
