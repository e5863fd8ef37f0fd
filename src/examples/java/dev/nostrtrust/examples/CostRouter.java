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
 * A gate that routes work by trust: which model serves a key, and whether it pays first. It is a process of its own in
 * the servers' cluster. It follows the ledger, so that it knows of every change, and asks the event bus about keys that
 * it has not met.
 *
 * <p>Run it with the CLUSTER settings of conf/application.properties in the environment, and as arguments the address
 * of a server, a token of the scope service, the port to listen on, and a file for the cursor.
 */
public final class CostRouter {
    private static final int NOT_FOUND = 404;

    private static final Route CAUTIOUS = new Route("small", true);

    /** What each tier gets: this is where a real gate would hold prices. */
    private static final Map<String, Route> ROUTES = Map.of(
            "anonymous", CAUTIOUS,
            "new", CAUTIOUS,
            "established", new Route("medium", true),
            "trusted", new Route("large", false),
            "elite", new Route("large", false));

    private final Vertx vertx;
    private final Map<String, String> tiers = new HashMap<>();
    private long changes;

    /** What is done with a request. */
    record Route(String model, boolean payFirst) {}

    private CostRouter(Vertx vertx) {
        this.vertx = vertx;
    }

    public static void main(String[] arguments) throws Exception {
        Vertx vertx = VertxNode.join(SettingsReader.ofProcess().cluster()).await(60, TimeUnit.SECONDS);
        CostRouter router = new CostRouter(vertx);
        FeedOptions options = FeedOptions.of(List.of(URI.create(arguments[0])), arguments[1]);
        // One context for everything: the map of tiers needs no lock.
        vertx.getOrCreateContext().runOnContext(now -> {
            TrustFeed.start(vertx, options, Cursor.inFile(vertx, Path.of(arguments[3])), router::learn);
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

    private Future<Void> learn(List<TrustEvent> page) {
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
        String known = tiers.get(pubkey);
        if (known != null) {
            return Future.succeededFuture(known);
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
                    // What has changed since it was asked for is not remembered: the answer may be the one before.
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
