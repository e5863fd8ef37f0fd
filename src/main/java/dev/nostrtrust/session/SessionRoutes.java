package dev.nostrtrust.session;

import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.http.LongPoll;
import dev.nostrtrust.http.LongPoll.Seen;
import dev.nostrtrust.http.QueryFields;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.http.RouteModule;
import dev.nostrtrust.http.Routes;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.session.SessionService.Shown;
import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** The HTTP routes of sessions. */
public final class SessionRoutes implements RouteModule {
    private static final int MAX_PAGE = 100;
    private static final int DEFAULT_PAGE = 100;

    private final Authenticator authenticator;
    private final Function<Caller, Future<Caller>> requireLive;
    private final SessionService sessions;
    private final LongPoll longPoll;

    /**
     * Creates the routes.
     *
     * @param requireLive fails if a user's login is revoked or the identity is blocked
     */
    public SessionRoutes(
            Authenticator authenticator,
            Function<Caller, Future<Caller>> requireLive,
            SessionService sessions,
            LongPoll longPoll) {
        this.authenticator = authenticator;
        this.requireLive = requireLive;
        this.sessions = sessions;
        this.longPoll = longPoll;
    }

    @Override
    public void mount(Routes routes) {
        routes.post("/api/sessions", this::open);
        routes.get("/api/sessions/{id}", this::show);
        routes.get("/api/identity/me/sessions", this::listOwn);
        routes.post("/api/sessions/{id}/close", this::close);
    }

    private Future<Reply> open(Request request) {
        return authenticator
                .authenticateCreator(request, body -> {
                    body.check();
                    IdempotencyKey.keyOf(request);
                    return body;
                })
                .compose(creation -> {
                    Caller caller = creation.caller();
                    IdempotencyKey idempotency = IdempotencyKey.of(request, caller, creation.input());
                    return creation.createOrRepeat(
                            () -> sessions.open(caller, idempotency), () -> sessions.findRepeated(idempotency));
                })
                .map(shown -> Reply.created("/api/sessions/" + shown.session().id(), shown.toJson()));
    }

    private Future<Reply> show(Request request) {
        QueryFields query = request.query();
        long wait = LongPoll.wait(query);
        query.check();
        UUID id = id(request);
        return longPoll.tagged(request, wait, Topic.SESSIONS_CHANGED, List.of(id.toString()), () -> sessions.show(id)
                .map(shown -> new Seen(Reply.ok(shown.toJson()), shown.session().state() != Session.State.OPEN)));
    }

    private Future<Reply> listOwn(Request request) {
        return authenticator.require(request, Scope.USER).compose(requireLive).compose(user -> {
            QueryFields query = request.query();
            UUID before = query.uuid("before");
            int limit = (int) query.integer("limit", DEFAULT_PAGE, 1, MAX_PAGE);
            query.check();
            return sessions.listOwn(new PublicKey(user.subject()), before, limit)
                    .map(page -> page(page, limit));
        });
    }

    private static Reply page(List<Shown> page, int limit) {
        return Reply.ok(Json.object()
                .put("sessions", Json.array(page.stream().map(Shown::toJson).toList()))
                .put(
                        "next_before",
                        page.size() < limit
                                ? null
                                : page.get(page.size() - 1).session().id().toString())
                .build());
    }

    private Future<Reply> close(Request request) {
        return authenticator
                .require(request, Scope.USER, Scope.WORKER, Scope.OPERATOR)
                .compose(caller -> {
                    request.query().check();
                    request.fields().check();
                    return sessions.close(id(request), caller);
                })
                .map(shown -> Reply.ok(shown.toJson()));
    }

    private static UUID id(Request request) {
        return request.id("id").orElseThrow(SessionService::notFound);
    }
}
