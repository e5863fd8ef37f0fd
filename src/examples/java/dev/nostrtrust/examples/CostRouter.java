package dev.nostrtrust.examples;

import dev.nostrtrust.bus.VertxNode;
import dev.nostrtrust.client.FeedOptions;
import dev.nostrtrust.client.TierCache;
import dev.nostrtrust.client.TierCacheOptions;
import dev.nostrtrust.client.TrustTier;
import dev.nostrtrust.config.SettingsReader;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Routes requests by trust: the tier of a key decides which model serves it and whether it pays first. Runs as its own
 * process in the cluster of the servers, whose messages tell it of changes at once.
 *
 * <p>Environment: the CLUSTER settings of conf/application.properties. Arguments: the address of a server, a token of
 * the scope service, and the port to listen on.
 */
public final class CostRouter {
    private static final Route CAUTIOUS = new Route("small", true);

    /** The route of each tier. A real router has its prices here. */
    private static final Map<String, Route> ROUTES = Map.of(
            "anonymous", CAUTIOUS,
            "new", CAUTIOUS,
            "established", new Route("medium", true),
            "trusted", new Route("large", false),
            "elite", new Route("large", false));

    private final TierCache tiers;

    /** The route of a request. */
    record Route(String model, boolean payFirst) {}

    private CostRouter(TierCache tiers) {
        this.tiers = tiers;
    }

    public static void main(String[] arguments) throws Exception {
        Vertx vertx = VertxNode.join(SettingsReader.ofProcess().cluster()).await(60, TimeUnit.SECONDS);
        FeedOptions feed = FeedOptions.of(List.of(URI.create(arguments[0])), arguments[1]);
        TierCache.start(vertx, feed, TierCacheOptions.fallingBackTo("new"))
                .map(CostRouter::new)
                .compose(router -> vertx.createHttpServer()
                        .requestHandler(router::route)
                        .listen(Integer.parseInt(arguments[2]), "127.0.0.1"))
                .onSuccess(server -> System.out.println("routing on port " + server.actualPort()))
                .onFailure(e -> {
                    System.err.println("cannot start: " + e.getMessage());
                    vertx.close();
                });
    }

    /** Answers {@code GET /<pubkey>} with the route for a key, in hex or as npub. */
    private void route(HttpServerRequest request) {
        Future.succeededFuture(request.path().substring(1))
                .compose(tiers::tier)
                .onSuccess(tier -> request.response()
                        .setStatusCode(tier.blocked() ? 403 : 200)
                        .putHeader("Content-Type", "application/json")
                        .end(answer(tier).encode()))
                .onFailure(notAKey -> request.response().setStatusCode(400).end(notAKey.getMessage()));
    }

    private static JsonObject answer(TrustTier tier) {
        Route route = ROUTES.getOrDefault(tier.tier(), CAUTIOUS);
        return new JsonObject()
                .put("tier", tier.tier())
                .put("blocked", tier.blocked())
                .put("model", route.model())
                .put("pay_first", route.payFirst());
    }
}
