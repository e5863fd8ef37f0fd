package dev.nostrtrust.examples;

import dev.nostrtrust.bus.VertxNode;
import dev.nostrtrust.client.Cursor;
import dev.nostrtrust.client.FeedOptions;
import dev.nostrtrust.client.TrustEvent;
import dev.nostrtrust.client.TrustFeed;
import dev.nostrtrust.config.SettingsReader;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Routes requests by trust: the tier of a key decides which model serves it and whether it pays first. Runs as its own
 * process in the cluster of the servers. Caches tiers, drops a tier when the feed reports a change, and requests
 * unknown tiers over the event bus.
 *
 * <p>Environment: the CLUSTER settings of conf/application.properties. Arguments: the address of a server, a token of
 * the scope service, the port to listen on, and a file for the cursor.
 */
public final class CostRouter {
    private static final int NOT_FOUND = 404;

    private static final Route CAUTIOUS = new Route("small", true);

    /** The route of each tier. A real router has its prices here. */
    private static final Map<String, Route> ROUTES = Map.of(
            "anonymous", CAUTIOUS,
            "new", CAUTIOUS,
            "established", new Route("medium", true),
            "trusted", new Route("large", false),
            "elite", new Route("large", false));

    private final Vertx vertx;
    private final Map<String, String> tiers = new HashMap<>();
    private long changes;

    /** The route of a request. */
    record Route(String model, boolean payFirst) {}

    private CostRouter(Vertx vertx) {
        this.vertx = vertx;
    }

    public static void main(String[] arguments) throws Exception {
        Vertx vertx = VertxNode.join(SettingsReader.ofProcess().cluster()).await(60, TimeUnit.SECONDS);
        CostRouter router = new CostRouter(vertx);
        FeedOptions options = FeedOptions.of(List.of(URI.create(arguments[0])), arguments[1]);
        // Everything runs on one context, so the map needs no lock.
        vertx.getOrCreateContext().runOnContext(now -> {
            TrustFeed.start(vertx, options, Cursor.inFile(vertx, Path.of(arguments[3])), router::invalidate);
            vertx.createHttpServer()
                    .requestHandler(router::route)
                    .listen(Integer.parseInt(arguments[2]), "127.0.0.1")
                    .onSuccess(server -> System.out.println("routing on port " + server.actualPort()))
                    .onFailure(e -> {
                        System.err.println("cannot listen: " + e.getMessage());
                        vertx.close();
                    });
        });
    }

    private Future<Void> invalidate(List<TrustEvent> page) {
        page.forEach(event -> tiers.remove(event.pubkey()));
        changes += page.size();
        return Future.succeededFuture();
    }

    /** Answers {@code GET /<pubkey>} with the route for a key. */
    private void route(HttpServerRequest request) {
        tier(request.path().substring(1))
                .onSuccess(tier -> request.response()
                        .putHeader("Content-Type", "application/json")
                        .end(answer(tier).encode()))
                .onFailure(e -> request.response().setStatusCode(503).end(e.getMessage()));
    }

    private Future<String> tier(String pubkey) {
        String cached = tiers.get(pubkey);
        if (cached != null) {
            return Future.succeededFuture(cached);
        }
        long before = changes;
        return vertx.eventBus()
                .<JsonObject>request(
                        "trust.v1.get",
                        new JsonObject().put("pubkey", pubkey),
                        new DeliveryOptions().setSendTimeout(1_000))
                .map(reply -> reply.body().getString("trust_tier"))
                .recover(e -> e instanceof ReplyException refused && refused.failureCode() == NOT_FOUND
                        ? Future.succeededFuture("new")
                        : Future.failedFuture(e))
                .onSuccess(tier -> {
                    // Do not cache the answer if the ledger has changed since the request: it may be outdated.
                    if (changes == before) {
                        tiers.put(pubkey, tier);
                    }
                });
    }

    private static JsonObject answer(String tier) {
        Route route = ROUTES.getOrDefault(tier, CAUTIOUS);
        return new JsonObject().put("tier", tier).put("model", route.model()).put("pay_first", route.payFirst());
    }
}
