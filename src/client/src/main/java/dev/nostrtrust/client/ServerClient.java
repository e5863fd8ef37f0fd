package dev.nostrtrust.client;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sends requests to one server until it fails, then to the next. Belongs to one context. */
final class ServerClient {
    private final HttpClientAgent http;
    private final List<URI> servers;
    private final String token;
    private final Duration timeout;
    private int server;

    /**
     * Creates a client.
     *
     * @param timeout timeout of a request
     * @param connections maximum number of connections to a server
     */
    ServerClient(Vertx vertx, List<URI> servers, String token, Duration timeout, int connections) {
        this.http = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout((int) timeout.toMillis()),
                new PoolOptions().setHttp1MaxSize(connections));
        this.servers = servers;
        this.token = token;
        this.timeout = timeout;
    }

    Future<ServerAnswer> get(String path) {
        return send(HttpMethod.GET, path, timeout, HttpClientRequest::send);
    }

    Future<ServerAnswer> post(String path, JsonObject body) {
        Buffer json = body.toBuffer();
        return send(HttpMethod.POST, path, timeout, request -> request.putHeader("Content-Type", "application/json")
                .send(json));
    }

    /**
     * Posts a request whose answer may be held back.
     *
     * @param wait how long the server may hold it back
     * @param cancelled closes the connection when it completes, unless the answer has begun to arrive
     */
    Future<ServerAnswer> post(String path, JsonObject body, Duration wait, Future<Void> cancelled) {
        Buffer json = body.toBuffer();
        return send(HttpMethod.POST, path, wait.plus(timeout), request -> {
            // The failure of a request that is cancelled is in its future, too.
            request.exceptionHandler(failure -> {});
            cancelled.onComplete(now -> {
                if (!request.response().isComplete()) {
                    request.reset();
                }
            });
            return request.putHeader("Content-Type", "application/json").send(json);
        });
    }

    Future<Void> close() {
        return http.close();
    }

    private interface Sender {
        Future<HttpClientResponse> send(HttpClientRequest request);
    }

    /** After a failure, the next call asks the next server. */
    private Future<ServerAnswer> send(HttpMethod method, String path, Duration limit, Sender sender) {
        int asked = server;
        URI base = servers.get(asked);
        RequestOptions request = new RequestOptions()
                .setMethod(method)
                .setAbsoluteURI(base.resolve(path).toString())
                .addHeader("Authorization", "Bearer " + token)
                .setTimeout(limit.toMillis())
                .setIdleTimeout(limit.toMillis());
        return open(request)
                // The body is requested in the turn of the response: later it may have passed.
                .compose(ready -> sender.send(ready)
                        .compose(response -> response.body().map(body -> answer(base, response, body))))
                .onFailure(e -> {
                    // Requests that fail together move on by one server.
                    if (server == asked) {
                        server = (asked + 1) % servers.size();
                    }
                });
    }

    /** A client that is closed throws an exception. */
    private Future<HttpClientRequest> open(RequestOptions request) {
        try {
            return http.request(request);
        } catch (IllegalStateException closed) {
            return Future.failedFuture(closed);
        }
    }

    private static ServerAnswer answer(URI base, HttpClientResponse response, Buffer body) {
        if (response.statusCode() / 100 != 2) {
            throw ServerException.of(base, response.statusCode(), response.getHeader("Retry-After"), body);
        }
        return new ServerAnswer(new JsonObject(body), date(response.getHeader("Date")));
    }

    private static Instant date(@Nullable String header) {
        try {
            return header == null ? Instant.now() : DateTimeFormatter.RFC_1123_DATE_TIME.parse(header, Instant::from);
        } catch (DateTimeException notADate) {
            return Instant.now();
        }
    }
}
