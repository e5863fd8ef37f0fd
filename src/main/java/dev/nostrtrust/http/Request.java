package dev.nostrtrust.http;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.overload.Admission.Precedence;
import dev.nostrtrust.overload.AdmissionHandler;
import dev.nostrtrust.overload.ConnectionTracker;
import dev.nostrtrust.overload.Permit;
import dev.nostrtrust.overload.RequestEnd;
import dev.nostrtrust.ratelimit.ClientAddresses;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A request, as route modules read it. */
public final class Request {
    /** A larger body is read on a worker thread: reading takes about 15 microseconds per kilobyte. */
    private static final int LARGE_BODY = 32_768;

    /** RFC 8259, section 11 defines no parameters, so they are ignored, except a charset that is not UTF-8. */
    private static final Pattern JSON = Pattern.compile("application/json\\s*(;.*)?", Pattern.CASE_INSENSITIVE);

    private static final Pattern OTHER_CHARSET =
            Pattern.compile(";\\s*charset\\s*=(?!\\s*\"?(utf-?8|us-ascii)\"?\\s*(;|$))", Pattern.CASE_INSENSITIVE);

    private static final String CHECK = "check-before-reread";

    private final RoutingContext context;

    Request(RoutingContext context) {
        this.context = context;
    }

    /** All headers of one name. */
    public List<String> headers(String name) {
        return context.request().headers().getAll(name);
    }

    public @Nullable String header(String name) {
        return context.request().getHeader(name);
    }

    /** A parameter of the path, such as {@code id}. */
    public String path(String name) {
        return String.valueOf(context.pathParam(name));
    }

    /** The whole path without its query. */
    public String path() {
        return String.valueOf(context.request().path());
    }

    /** The path and query as sent. */
    public String target() {
        String query = context.request().query();
        return query == null ? path() : path() + '?' + query;
    }

    /** A path parameter that is a UUID in canonical form; empty for any other text. */
    public Optional<UUID> id(String name) {
        return Optional.ofNullable(CanonicalUuid.parse(path(name)));
    }

    public String method() {
        return context.request().method().name();
    }

    /** Whether the method is safe (RFC 9110, section 9.2.1). */
    public boolean isSafe() {
        return method().equals("GET") || method().equals("HEAD");
    }

    /** The query, to be read field by field. */
    public QueryFields query() {
        return new QueryFields(context.queryParams());
    }

    public String traceId() {
        return RequestTrace.idOf(context);
    }

    /** Adds a value to a header of the answer, including refusals. */
    public void announce(String name, String value) {
        String before = context.response().headers().get(name);
        context.response().putHeader(name, before == null ? value : before + ", " + value);
    }

    /** The client's address for limits per address; null if it is unknown or not limited. */
    @Nullable
    String boundedAddress() {
        SocketAddress peer = context.request().remoteAddress();
        return AdmissionHandler.of(context)
                .addresses()
                .boundedNameOf(peer == null ? null : peer.hostAddress(), headers("X-Forwarded-For"));
    }

    /** The client's address as a rate limit key. */
    public String address(ClientAddresses addresses) {
        SocketAddress peer = context.request().remoteAddress();
        return addresses.nameOf(peer == null ? null : peer.hostAddress(), headers("X-Forwarded-For"));
    }

    /**
     * Acquires the permit of a request that was admitted without one, or has released it. The route releases it when it
     * has handled the request.
     *
     * @return fails with {@code overloaded} when none is free, and when the request has ended
     */
    public Future<Void> acquirePermit() {
        return permit().acquire(Precedence.NEW)
                ? Future.succeededFuture()
                : Future.failedFuture(AdmissionHandler.overloaded());
    }

    /** Releases the permit while the request only waits. */
    public void releasePermit() {
        permit().release();
    }

    /** Releases the permit and extends the deadline of the answer by the time of a wait. */
    void suspend(Duration time) {
        releasePermit();
        RequestMeters.held(context);
        ConnectionTracker.guard(context.request().connection()).extendAnswerTimeout(time.toNanos());
    }

    /** Sets what is checked before each later read while the request waits; a failed check ends the wait. */
    public void checkBeforeReread(Supplier<Future<?>> check) {
        context.put(CHECK, check);
    }

    /** Reads the database again after a wake-up, when its turn comes. */
    <T> Future<T> reread(Supplier<Future<T>> read) {
        Supplier<Future<?>> check = context.get(CHECK);
        return AdmissionHandler.of(context)
                .reread(check == null ? read : () -> check.get().compose(passed -> read.get()));
    }

    /** The end of the request: its answer was sent, or its client has gone. Never fails. */
    Future<Void> end() {
        return RequestEnd.of(context);
    }

    /** The body as sent; empty if there is none. */
    public byte[] body() {
        Buffer body = context.body().buffer();
        return body == null ? new byte[0] : body.getBytes();
    }

    /** The length of the body in bytes. */
    public int bodyLength() {
        return context.body().length();
    }

    /**
     * The body as JSON; an empty body is an empty object.
     *
     * @throws ApiError {@code unsupported_media_type} or {@code invalid_json}
     */
    public Json json() {
        if (bodyLength() <= 0) {
            return Json.object().build();
        }
        checkType();
        return Json.parse(body());
    }

    private void checkType() {
        if (!isJson(headers("Content-Type"))) {
            throw ApiError.of(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json.");
        }
        if (headers("Content-Encoding").stream()
                .anyMatch(coding -> !coding.strip().equalsIgnoreCase("identity"))) {
            context.response().putHeader("Accept-Encoding", "identity");
            throw ApiError.of(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send the body without a Content-Encoding.");
        }
    }

    private static boolean isJson(List<String> types) {
        return types.size() == 1
                && JSON.matcher(types.get(0).strip()).matches()
                && !OTHER_CHARSET.matcher(types.get(0)).find();
    }

    /**
     * The body as a JSON object, to be read field by field.
     *
     * @throws ApiError {@code unsupported_media_type}, {@code invalid_json}, or {@code invalid_request} if it is not an
     *     object
     */
    public BodyFields fields() {
        return BodyFields.of(json());
    }

    /**
     * Reads the {@link #fields}, on a worker thread if the body is large.
     *
     * @param reader runs on the event loop or on the worker thread; it must not change the response
     */
    public <T> Future<T> read(Function<BodyFields, T> reader) {
        if (bodyLength() <= LARGE_BODY) {
            return Future.succeededFuture(reader.apply(fields()));
        }
        checkType();
        byte[] body = body();
        return context.vertx().executeBlocking(() -> reader.apply(BodyFields.of(Json.parse(body))), false);
    }

    private Permit permit() {
        return AdmissionHandler.permitOf(context);
    }
}
