package dev.nostrtrust.client;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.List;

/** Reads pages of the ledger over HTTP, from one server until it fails, then from the next. Belongs to one context. */
final class FeedClient {
    private static final int OK = 200;

    private final HttpClientAgent http;
    private final FeedOptions options;
    private int server;

    FeedClient(Vertx vertx, FeedOptions options) {
        this.http = vertx.createHttpClient(new HttpClientOptions()
                .setConnectTimeout((int) options.timeout().toMillis()));
        this.options = options;
    }

    /** The entries after a sequence number. After a failure, the next call asks the next server. */
    Future<List<TrustEvent>> after(long seq) {
        URI base = options.servers().get(server);
        RequestOptions request = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setAbsoluteURI(base.resolve("/api/trust/events?after=" + seq + "&limit=" + options.pageSize())
                        .toString())
                .addHeader("Authorization", "Bearer " + options.token())
                .setTimeout(options.timeout().toMillis())
                .setIdleTimeout(options.timeout().toMillis());
        return http.request(request)
                .compose(io.vertx.core.http.HttpClientRequest::send)
                .compose(FeedClient::page)
                .onFailure(e -> server = (server + 1) % options.servers().size());
    }

    Future<Void> close() {
        return http.close();
    }

    private static Future<List<TrustEvent>> page(HttpClientResponse response) {
        return response.body().map(body -> {
            if (response.statusCode() != OK) {
                throw new IllegalStateException("the server answered " + response.statusCode() + ": " + body);
            }
            return new JsonObject(body)
                    .getJsonArray("events").stream()
                            .map(entry -> TrustEvent.of((JsonObject) entry))
                            .toList();
        });
    }
}
