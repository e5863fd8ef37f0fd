package dev.nostrtrust.operator;

import dev.nostrtrust.auth.Actor;
import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.Credential;
import dev.nostrtrust.auth.Credentials;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.http.BodyFields;
import dev.nostrtrust.http.QueryFields;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.http.RouteModule;
import dev.nostrtrust.http.Routes;
import dev.nostrtrust.json.Json;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The HTTP routes of credentials: mint, list and revoke. For operators. */
public final class CredentialRoutes implements RouteModule {
    private static final List<Scope> SCOPES = List.of(Scope.WORKER, Scope.SERVICE, Scope.OPERATOR);
    private static final int MAX_PAGE = 100;
    private static final int DEFAULT_DAYS = 30;

    private final Authenticator authenticator;
    private final Credentials credentials;

    public CredentialRoutes(Authenticator authenticator, Credentials credentials) {
        this.authenticator = authenticator;
        this.credentials = credentials;
    }

    @Override
    public void mount(Routes routes) {
        routes.get("/api/operator/credentials", this::list);
        routes.post("/api/operator/credentials", this::mint);
        routes.get("/api/operator/credentials/{id}", this::show);
        routes.post("/api/operator/credentials/{id}/revoke", this::revoke);
    }

    private Future<Reply> list(Request request) {
        return authenticator.require(request, Scope.OPERATOR).compose(operator -> {
            QueryFields query = request.query();
            UUID before = query.uuid("before");
            int limit = (int) query.integer("limit", MAX_PAGE, 1, MAX_PAGE);
            query.check();
            return credentials.list(before, limit).map(page -> page(page, limit));
        });
    }

    private Future<Reply> mint(Request request) {
        return authenticator.require(request, Scope.OPERATOR).compose(operator -> {
            request.query().check();
            BodyFields body = request.fields();
            String name = body.string("name", 64);
            Optional<Scope> scope = scope(body.string("scope", 20));
            Long days = body.optionalInteger("days", 1, 3650);
            Actor actor = operator.actor(body);
            if (!name.isEmpty() && !Credentials.isName(name)) {
                body.reject("name", "Send letters, digits, dots, dashes and underscores; not a public key.");
            }
            if (scope.isEmpty()) {
                body.reject("scope", "Send one of worker, service, operator.");
            }
            body.check();
            return credentials
                    .mint(scope.orElseThrow(), name, Duration.ofDays(days == null ? DEFAULT_DAYS : days), actor)
                    .map(minted -> Reply.created(
                            "/api/operator/credentials/" + minted.credential().id(),
                            minted.credential()
                                    .toJson()
                                    .put("token", minted.token())
                                    .build()));
        });
    }

    private Future<Reply> show(Request request) {
        return authenticator.require(request, Scope.OPERATOR).compose(operator -> {
            request.query().check();
            return credentials
                    .find(id(request))
                    .map(found -> Reply.ok(found.toJson().build()));
        });
    }

    private Future<Reply> revoke(Request request) {
        return authenticator.require(request, Scope.OPERATOR).compose(operator -> {
            request.query().check();
            BodyFields body = request.fields();
            Actor actor = operator.actor(body);
            body.check();
            return credentials
                    .revoke(id(request), actor)
                    .map(revoked -> Reply.ok(revoked.toJson().build()));
        });
    }

    private static UUID id(Request request) {
        return request.id("id").orElseThrow(Credentials::notFound);
    }

    private static Optional<Scope> scope(String code) {
        return SCOPES.stream().filter(scope -> scope.code().equals(code)).findFirst();
    }

    private static Reply page(List<Credential> page, int limit) {
        @Nullable
        String next = page.size() < limit ? null : page.get(limit - 1).id().toString();
        return Reply.ok(Json.object()
                .put(
                        "credentials",
                        Json.array(page.stream()
                                .map(credential -> credential.toJson().build())
                                .toList()))
                .put("next_before", next)
                .build());
    }
}
