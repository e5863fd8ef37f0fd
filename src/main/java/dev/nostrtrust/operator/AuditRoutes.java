package dev.nostrtrust.operator;

import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.http.QueryFields;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.http.RouteModule;
import dev.nostrtrust.http.Routes;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.operator.AuditStore.Audited;
import dev.nostrtrust.operator.AuditStore.Filter;
import io.vertx.core.Future;

/** The HTTP route of the audit log. For operators. */
public final class AuditRoutes implements RouteModule {
    private static final int MAX_PAGE = 1000;
    private static final int DEFAULT_PAGE = 100;
    private static final int MAX_TEXT = 200;

    private final Authenticator authenticator;
    private final AuditStore audit;

    public AuditRoutes(Authenticator authenticator, AuditStore audit) {
        this.authenticator = authenticator;
        this.audit = audit;
    }

    @Override
    public void mount(Routes routes) {
        routes.get("/api/operator/audit", this::list);
    }

    private Future<Reply> list(Request request) {
        return authenticator.require(request, Scope.OPERATOR).compose(operator -> {
            QueryFields query = request.query();
            Filter filter = new Filter(
                    query.optionalText("actor", MAX_TEXT),
                    query.optionalText("action", MAX_TEXT),
                    query.optionalText("subject", MAX_TEXT),
                    query.time("since"),
                    query.time("until"));
            long before = query.integer("before", Long.MAX_VALUE, 1, Long.MAX_VALUE);
            int limit = (int) query.integer("limit", DEFAULT_PAGE, 1, MAX_PAGE);
            query.check();
            return audit.list(filter, before, limit)
                    .map(page -> Reply.ok(Json.object()
                            .put(
                                    "entries",
                                    Json.array(page.rows().stream()
                                            .map(Audited::toJson)
                                            .toList()))
                            .put("next_before", page.next())
                            .build()));
        });
    }
}
