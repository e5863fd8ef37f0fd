package dev.nostrtrust.client;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** Jobs in memory. A test queues them, and may say how the next requests of a kind are answered. */
final class FakeJobs {
    /** The request takes effect, and the connection is closed instead of an answer. */
    static final int BROKEN = 0;

    static final int NORMAL = 200;

    /** Requests about jobs in the order of their arrival, claims excluded. */
    final List<Call> calls = new CopyOnWriteArrayList<>();
    /** Requests for jobs. */
    final List<JsonObject> claims = new CopyOnWriteArrayList<>();
    /** The times of the requests for jobs, as {@link System#nanoTime}. */
    final List<Long> claimNanos = new CopyOnWriteArrayList<>();

    /** The times of {@link #calls}, as {@link System#nanoTime}. */
    final List<Long> callNanos = new CopyOnWriteArrayList<>();

    private final Vertx vertx;
    private final Deque<JsonObject> queued = new ArrayDeque<>();
    private final List<HttpServerResponse> waiting = new ArrayList<>();
    private final Map<String, Deque<Integer>> scripts = new HashMap<>();
    private final Map<String, String> lost = new HashMap<>();
    private volatile Duration lease = Duration.ofMinutes(1);
    private volatile boolean fullOfWaiting;
    private int ids;

    record Call(String action, String job, JsonObject body) {}

    FakeJobs(Vertx vertx) {
        this.vertx = vertx;
    }

    void lease(Duration time) {
        lease = time;
    }

    /** Answers claims at once, as a server without room for waiting requests does. */
    void fillWaiting() {
        fullOfWaiting = true;
    }

    /** Answers the next requests of a kind with these statuses. */
    synchronized void script(String action, Integer... statuses) {
        scripts.computeIfAbsent(action, none -> new ArrayDeque<>()).addAll(Arrays.asList(statuses));
    }

    /** Refuses all requests about a job from now on. */
    synchronized void lose(String id, String code) {
        lost.put(id, code);
    }

    /** Queues a job; returns its id. */
    synchronized String add() {
        ids++;
        String id = "00000000-0000-4000-8000-%012d".formatted(ids);
        queued.add(new JsonObject().put("id", id).put("attempts", 0));
        if (!waiting.isEmpty()) {
            give(waiting.remove(0), 1);
        }
        return id;
    }

    /** The claims that wait for a job. */
    synchronized int waiting() {
        return waiting.size();
    }

    /** The requests of a kind. */
    List<JsonObject> bodies(String action) {
        return of(action).map(Call::body).toList();
    }

    Stream<Call> of(String action) {
        return calls.stream().filter(call -> call.action().equals(action));
    }

    void answer(HttpServerRequest request) {
        String[] path = request.path().split("/", -1);
        request.body().onSuccess(body -> {
            if (path.length == 4) {
                claim(request.response(), body.toJsonObject());
            } else {
                act(request, path[4], path[3], body.toJsonObject());
            }
        });
    }

    private synchronized void claim(HttpServerResponse response, JsonObject claim) {
        claims.add(claim);
        claimNanos.add(System.nanoTime());
        int status = next("claim");
        if (status != NORMAL) {
            response.setStatusCode(status).end("{\"detail\":\"Not now.\"}");
        } else if (fullOfWaiting || !queued.isEmpty()) {
            give(response, claim.getInteger("max"));
        } else {
            waiting.add(response);
            response.closeHandler(gone -> forget(response));
            vertx.setTimer(claim.getInteger("wait") * 1000L, late -> {
                if (forget(response)) {
                    give(response, 0);
                }
            });
        }
    }

    private synchronized boolean forget(HttpServerResponse response) {
        return waiting.remove(response);
    }

    private synchronized void give(HttpServerResponse response, int max) {
        JsonArray jobs = new JsonArray();
        while (jobs.size() < max && !queued.isEmpty()) {
            JsonObject job = queued.remove();
            jobs.add(claimed(job.put("attempts", job.getInteger("attempts") + 1)));
        }
        date(response).end(new JsonObject().put("jobs", jobs).encode());
    }

    /** In whole seconds, as in the header; clocks differ. */
    private static Instant now() {
        return Instant.now().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.SECONDS);
    }

    private static HttpServerResponse date(HttpServerResponse response) {
        return response.putHeader("Date", DateTimeFormatter.RFC_1123_DATE_TIME.format(now().atOffset(ZoneOffset.UTC)));
    }

    private JsonObject claimed(JsonObject job) {
        return job.copy()
                .put("queue", "default")
                .put("request", new JsonObject().put("prompt", "hello"))
                .put("fence", 4_611_686_018_427_387_904L)
                .put("lease_until", now().plus(lease).toString());
    }

    private synchronized void act(HttpServerRequest request, String action, String job, JsonObject body) {
        callNanos.add(System.nanoTime());
        calls.add(new Call(action, job, body));
        int status = next(action);
        if (status == BROKEN) {
            request.connection().close();
        } else if (status != NORMAL) {
            request.response().setStatusCode(status).end("{\"detail\":\"Not now.\",\"code\":\"any\"}");
        } else if (lost.containsKey(job)) {
            request.response()
                    .setStatusCode(409)
                    .end(new JsonObject()
                            .put("code", lost.get(job))
                            .put("state", "cancelled")
                            .encode());
        } else {
            date(request.response())
                    .end(claimed(new JsonObject().put("id", job)).encode());
        }
    }

    private int next(String action) {
        Deque<Integer> script = scripts.get(action);
        return script == null || script.isEmpty() ? NORMAL : script.remove();
    }
}
