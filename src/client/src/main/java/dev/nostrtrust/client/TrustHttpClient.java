package dev.nostrtrust.client;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.List;

/** Reads tiers and entries of the ledger over HTTP. Belongs to one context. */
final class TrustHttpClient {
    private final ServerClient client;
    private final FeedOptions options;

    TrustHttpClient(Vertx vertx, FeedOptions options) {
        this.client = new ServerClient(
                vertx, options.servers(), options.token(), options.timeout(), PoolOptions.DEFAULT_MAX_POOL_SIZE);
        this.options = options;
    }

    /** The entries after a sequence number. */
    Future<List<TrustEvent>> after(long seq) {
        return client.get("/api/trust/events?after=" + seq + "&limit=" + options.pageSize())
                .map(answer -> answer.body().getJsonArray("events").stream()
                        .map(entry -> TrustEvent.of((JsonObject) entry))
                        .toList());
    }

    /** The tiers of up to 500 keys in hex. Asks every server once before it fails. */
    Future<JsonObject> lookUp(Collection<String> pubkeys) {
        return lookUp(
                new JsonObject().put("pubkeys", new JsonArray(List.copyOf(pubkeys))),
                options.servers().size());
    }

    private Future<JsonObject> lookUp(JsonObject question, int attempts) {
        Future<JsonObject> answer = client.post("/api/trust/lookup", question).map(ServerAnswer::body);
        return attempts == 1 ? answer : answer.recover(failure -> lookUp(question, attempts - 1));
    }

    Future<Void> close() {
        return client.close();
    }
}
