package dev.nostrtrust.client;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.Collection;
import java.util.List;

/** Asks one server over HTTP until it fails, then the next. Belongs to one context. */
final class TrustHttpClient {
    private static final int OK = 200;

    private final HttpClientAgent http;
    private final FeedOptions options;
    private int server;

    TrustHttpClient(Vertx vertx, FeedOptions options) {
        this.http = vertx.createHttpClient(new HttpClientOptions()
                .setConnectTimeout((int) options.timeout().toMillis()));
        this.options = options;
    }

    /** The entries after a sequence number. */
    Future<List<TrustEvent>> after(long seq) {
        String path = "/api/trust/events?after=" + seq + "&limit=" + options.pageSize();
        return send(HttpMethod.GET, path, HttpClientRequest::send).map(answer -> answer.getJsonArray("events").stream()
                .map(entry -> TrustEvent.of((JsonObject) entry))
                .toList());
    }

    /** The tiers of up to 500 keys in hex. Asks every server once before it fails. */
    Future<JsonObject> lookUp(Collection<String> pubkeys) {
        Buffer body = new JsonObject()
                .put("pubkeys", new JsonArray(List.copyOf(pubkeys)))
                .toBuffer();
        return lookUp(body, options.servers().size());
    }

    private Future<JsonObject> lookUp(Buffer body, int attempts) {
        Future<JsonObject> answer = send(
                HttpMethod.POST, "/api/trust/lookup", request -> request.putHeader("Content-Type", "application/json")
                        .send(body));
        return attempts == 1 ? answer : answer.recover(failure -> lookUp(body, attempts - 1));
    }

    Future<Void> close() {
        return http.close();
    }

    private interface Sender {
        Future<HttpClientResponse> send(HttpClientRequest request);
    }

    /** After a failure, the next call asks the next server. */
    private Future<JsonObject> send(HttpMethod method, String path, Sender sender) {
        URI base = options.servers().get(server);
        RequestOptions request = new RequestOptions()
                .setMethod(method)
                .setAbsoluteURI(base.resolve(path).toString())
                .addHeader("Authorization", "Bearer " + options.token())
                .setTimeout(options.timeout().toMillis())
                .setIdleTimeout(options.timeout().toMillis());
        return http.request(request)
                // The body is requested in the turn of the response: later it may have passed.
                .compose(ready -> sender.send(ready)
                        .compose(response -> response.body().map(body -> answer(base, response.statusCode(), body))))
                .onFailure(e -> server = (server + 1) % options.servers().size());
    }

    private static JsonObject answer(URI base, int status, Buffer body) {
        if (status != OK) {
            throw new IllegalStateException(base + " answered " + status + ": " + brief(body));
        }
        return new JsonObject(body);
    }

    /** The detail of a problem document, or the start of any other body. */
    private static String brief(Buffer body) {
        try {
            return new JsonObject(body).getString("detail", "no detail");
        } catch (RuntimeException notJson) {
            return body.getString(0, Math.min(200, body.length()));
        }
    }
}
