package example;

import com.hazelcast.config.Config;
import dev.nostrtrust.client.FeedOptions;
import dev.nostrtrust.client.TierCache;
import dev.nostrtrust.client.TierCacheOptions;
import dev.nostrtrust.client.TrustTier;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Routes requests by trust: the tier of a key decides which model serves it and whether it pays first. */
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

    record Route(String model, boolean payFirst) {}

    private CostRouter(TierCache tiers) {
        this.tiers = tiers;
    }

    public static void main(String[] arguments) {
        // A wrong setting fails the first step, and is printed as one line like any other failure.
        Future.succeededFuture()
                .compose(start -> vertx())
                .compose(vertx -> TierCache.start(vertx, feed(), TierCacheOptions.fallingBackTo("new"))
                        .map(CostRouter::new)
                        .compose(router -> vertx.createHttpServer()
                                .requestHandler(router::route)
                                .listen(Integer.parseInt(arguments[0]), "127.0.0.1")))
                .onSuccess(server -> System.out.println("routing on port " + server.actualPort()))
                .onFailure(e -> {
                    System.err.println("cannot start: " + e.getMessage());
                    System.exit(1);
                });
    }

    private static FeedOptions feed() {
        List<URI> servers =
                Stream.of(setting("ENGINE_URL").split(",")).map(URI::create).toList();
        return FeedOptions.of(servers, setting("SERVICE_TOKEN"));
    }

    private static String setting(String name) {
        return Optional.ofNullable(System.getenv(name))
                .orElseThrow(() -> new IllegalArgumentException("the variable " + name + " is not set"));
    }

    /** Joins the servers' cluster with -Dhazelcast.config=cluster.yaml: their messages tell of changes at once. */
    private static Future<Vertx> vertx() {
        if (System.getProperty("hazelcast.config") == null) {
            return Future.succeededFuture(Vertx.vertx());
        }
        Config config = Config.load();
        String host = config.getNetworkConfig()
                .getInterfaces()
                .getInterfaces()
                .iterator()
                .next();
        int busPort = Integer.parseInt(System.getenv().getOrDefault("BUS_PORT", "0"));
        return Vertx.builder()
                .with(new VertxOptions()
                        .setEventBusOptions(new EventBusOptions().setHost(host).setPort(busPort)))
                .withClusterManager(new HazelcastClusterManager(config))
                .buildClustered();
    }

    /** Answers {@code GET /<pubkey>} with the route for a key, in hex or as npub. */
    private void route(HttpServerRequest request) {
        tiers.tier(request.path().substring(1))
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
