package dev.nostrtrust.session;

import dev.nostrtrust.http.Callers;
import dev.nostrtrust.http.Feature;
import dev.nostrtrust.http.Fields;
import dev.nostrtrust.http.Idempotency;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.http.Routes;
import dev.nostrtrust.http.Scope;
import io.vertx.core.Future;
import java.util.UUID;

/** Sessions over HTTP. */
public final class SessionRoutes implements Feature {
    private final Callers callers;
    private final SessionService sessions;

    public SessionRoutes(Callers callers, SessionService sessions) {
        this.callers = callers;
        this.sessions = sessions;
    }

    @Override
    public void mount(Routes routes) {
        routes.post("/api/sessions", this::open);
        routes.get("/api/sessions/{id}", this::show);
        routes.post("/api/sessions/{id}/close", this::close);
    }

    private Future<Reply> open(Request request) {
        request.query().check();
        Fields body = request.fields();
        String token = body.optionalString("nostr_token", Callers.MAX_TOKEN);
        body.check();
        return callers.creator(request, token)
                .compose(caller -> sessions.open(caller, Idempotency.of(request, caller, body)))
                .map(shown -> Reply.created("/api/sessions/" + shown.session().id(), shown.toJson()));
    }

    private Future<Reply> show(Request request) {
        request.query().check();
        return sessions.show(id(request)).map(shown -> Reply.ok(shown.toJson()).tagged(request));
    }

    private Future<Reply> close(Request request) {
        request.query().check();
        request.fields().check();
        return callers.require(request, Scope.USER, Scope.WORKER, Scope.OPERATOR)
                .compose(caller -> sessions.close(id(request), caller))
                .map(shown -> Reply.ok(shown.toJson()));
    }

    private static UUID id(Request request) {
        return request.id("id").orElseThrow(SessionService::notFound);
    }
}
