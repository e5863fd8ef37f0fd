package dev.nostrtrust.client;

import static dev.nostrtrust.client.Waiting.await;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A server with a ledger and jobs in memory, whose answers to lookups can be held back. */
final class FakeEngine {
    static final String TOKEN = "a-token";
    static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    final FakeJobs jobs;
    final AtomicInteger lookups = new AtomicInteger();
    final List<Integer> sizes = new CopyOnWriteArrayList<>();
    /** The last entry that a reader has handled. */
    final AtomicInteger handled = new AtomicInteger();
    /** Reads of the ledger that were answered. */
    final AtomicInteger reads = new AtomicInteger();

    final AtomicInteger refusedReads = new AtomicInteger();
    final AtomicInteger refusedLookups = new AtomicInteger();

    private final Map<String, JsonObject> tiers = new ConcurrentHashMap<>();
    private final List<JsonObject> entries = new CopyOnWriteArrayList<>();
    private final List<Runnable> held = new ArrayList<>();
    private final HttpServer server;
    private volatile boolean confused;
    private volatile boolean holds;
    private volatile boolean down;
    private volatile Instant now = NOW;

    FakeEngine(Vertx vertx) {
        this.jobs = new FakeJobs(vertx);
        this.server =
                await(vertx.createHttpServer().requestHandler(this::answer).listen(0, "127.0.0.1"));
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.actualPort());
    }

    FeedOptions options() {
        return new FeedOptions(
                List.of(address()), TOKEN, 100, Duration.ofMillis(20), Duration.ofSeconds(10), Duration.ofMillis(20));
    }

    /** Sets a tier without an entry, as decay does. */
    void set(String key, String tier, boolean blocked, @Nullable Instant until) {
        tiers.put(
                key,
                new JsonObject()
                        .put("trust_tier", tier)
                        .put("blocked", blocked)
                        .put("tier_until", until == null ? null : until.toString()));
    }

    /** Sets a tier with an entry. */
    void change(String key, String tier, boolean blocked, @Nullable Instant until) {
        set(key, tier, blocked, until);
        entries.add(tier(key)
                .put("seq", entries.size() + 1)
                .put("pubkey", key)
                .put("cause", "success")
                .put("tier_after", tier)
                .put("score_after", 50)
                .put("a_field_of_the_next_release", new JsonArray().add(1)));
    }

    /** Sets a tier with an entry of a kind that this release does not know. */
    void changeAsNextRelease(String key, String tier, boolean blocked) {
        change(key, tier, blocked, null);
        entries.get(entries.size() - 1)
                .put("cause", "pardon")
                .put("kind", "pardon")
                .put("schema", 7)
                .put("granted_by", new JsonObject().put("name", "ops"));
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    /** Makes answers to lookups objects without fields. */
    void confuse(boolean isConfused) {
        confused = isConfused;
    }

    void fail(boolean isDown) {
        down = isDown;
    }

    /** Holds answers to lookups back, as they are now. */
    void hold() {
        holds = true;
    }

    synchronized void letGo() {
        holds = false;
        held.forEach(Runnable::run);
        held.clear();
    }

    synchronized int held() {
        return held.size();
    }

    private JsonObject tier(String key) {
        return tiers.getOrDefault(
                        key,
                        new JsonObject()
                                .put("trust_tier", "new")
                                .put("blocked", false)
                                .putNull("tier_until"))
                .copy()
                .put("tier_reason", new JsonObject().put("of", "the next release"));
    }

    private void answer(HttpServerRequest request) {
        if (!("Bearer " + TOKEN).equals(request.getHeader("Authorization"))) {
            request.response().setStatusCode(401).end("{\"detail\":\"The token is not valid.\"}");
        } else if (request.path().startsWith("/api/jobs/")) {
            jobs.answer(request);
        } else if (down) {
            (request.path().equals("/api/trust/events") ? refusedReads : refusedLookups).incrementAndGet();
            request.response().setStatusCode(503).end("{\"detail\":\"Not now.\"}");
        } else if (request.path().equals("/api/trust/lookup")) {
            request.body().onSuccess(body -> lookUp(request, body));
        } else {
            int after = Integer.parseInt(request.getParam("after"));
            handled.set(after);
            reads.incrementAndGet();
            JsonArray page = new JsonArray(List.copyOf(entries.subList(after, entries.size())));
            request.response()
                    .end(new JsonObject().put("events", page).put("epoch", 2).encode());
        }
    }

    private synchronized void lookUp(HttpServerRequest request, Buffer body) {
        lookups.incrementAndGet();
        JsonArray keys = body.toJsonObject().getJsonArray("pubkeys");
        sizes.add(keys.size());
        JsonObject identities = new JsonObject();
        keys.forEach(key -> identities.put((String) key, tier((String) key).put("as_of", now.toString())));
        String answer = new JsonObject()
                .put("identities", identities)
                .put("seq", entries.size())
                .put("policy", new JsonObject().put("name", "next"))
                .encode();
        Runnable reply = () -> request.response().end(confused ? "{}" : answer);
        if (holds) {
            held.add(reply);
        } else {
            reply.run();
        }
    }
}
