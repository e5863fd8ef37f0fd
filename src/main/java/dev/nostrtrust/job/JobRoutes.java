package dev.nostrtrust.job;

import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.error.Violation;
import dev.nostrtrust.http.BodyFields;
import dev.nostrtrust.http.CanonicalUuid;
import dev.nostrtrust.http.ChangeStreams;
import dev.nostrtrust.http.LongPoll;
import dev.nostrtrust.http.LongPoll.Seen;
import dev.nostrtrust.http.QueryFields;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.http.RouteModule;
import dev.nostrtrust.http.Routes;
import dev.nostrtrust.job.JobService.Shown;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.PublicKey;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The HTTP routes of jobs for everyone but workers: create, cancel, list and watch. */
public final class JobRoutes implements RouteModule {
    private static final Duration MAX_DEADLINE = Duration.ofDays(366);
    private static final int MAX_PAGE = 100;
    private static final int DEFAULT_PAGE = 100;
    private static final int MAX_WATCHED = 100;
    static final String DEFAULT_QUEUE = "default";
    static final int MAX_QUEUE = 64;
    private static final List<String> ALL_STATES =
            Arrays.stream(JobState.values()).map(JobState::code).toList();

    private final Authenticator authenticator;
    private final Function<Caller, Future<Caller>> requireLive;
    private final JobService jobs;
    private final LongPoll longPoll;
    private final ChangeStreams streams;
    private final Duration heartbeat;
    private final InstantSource clock;

    /** The input of a creation. */
    private record Order(
            @Nullable UUID session,
            String queue,
            String work,
            @Nullable Instant deadline,
            BodyFields body) {}

    /**
     * Creates the routes.
     *
     * @param requireLive fails if a user's login is revoked or the identity is blocked
     * @param heartbeat the time between two heartbeats of a stream
     */
    public JobRoutes(
            Authenticator authenticator,
            Function<Caller, Future<Caller>> requireLive,
            JobService jobs,
            LongPoll longPoll,
            ChangeStreams streams,
            Duration heartbeat,
            InstantSource clock) {
        this.authenticator = authenticator;
        this.requireLive = requireLive;
        this.jobs = jobs;
        this.longPoll = longPoll;
        this.streams = streams;
        this.heartbeat = heartbeat;
        this.clock = clock;
    }

    @Override
    public void mount(Routes routes) {
        routes.post("/api/jobs", request -> create(request, body -> input(request, null, body)));
        routes.post(
                "/api/sessions/{id}/requests",
                request -> create(request, body -> {
                    UUID session = request.id("id")
                            .orElseThrow(() -> ApiError.of(ErrorCode.SESSION_NOT_FOUND, "There is no such session."));
                    return input(request, session, body);
                }));
        routes.post("/api/jobs/{id}/cancel", this::cancel);
        routes.get("/api/jobs", this::list);
        routes.get("/api/jobs/{id}", this::show);
        routes.post("/api/jobs/changes", this::changes);
        routes.get("/api/identity/me/jobs", this::listOwn);
    }

    private static Order input(Request request, @Nullable UUID session, BodyFields body) {
        String work = body.object("request").encode();
        String queue = body.optionalString("queue", MAX_QUEUE);
        Instant deadline = body.optionalTime("deadline");
        body.check();
        IdempotencyKey.keyOf(request);
        return new Order(session, queue == null ? DEFAULT_QUEUE : queue, work, deadline, body);
    }

    private Future<Reply> create(Request request, Function<BodyFields, Order> reader) {
        return authenticator
                .authenticateCreator(request, reader)
                .compose(creation -> {
                    Order order = creation.input();
                    Caller caller = creation.caller();
                    IdempotencyKey idempotency = IdempotencyKey.of(request, caller, order.body());
                    // A repeated request may arrive after its deadline and still gets the first response.
                    return creation.createOrRepeat(
                            () -> isValidDeadline(order.deadline())
                                    ? jobs.create(
                                            order.session(),
                                            order.queue(),
                                            order.work(),
                                            order.deadline(),
                                            caller,
                                            idempotency)
                                    : jobs.findRepeated(idempotency)
                                            .map(first -> first.orElseThrow(JobRoutes::invalidDeadline)),
                            () -> jobs.findRepeated(idempotency));
                })
                .map(shown -> Reply.created("/api/jobs/" + shown.job().id(), shown.toJson()));
    }

    private boolean isValidDeadline(@Nullable Instant deadline) {
        Instant now = clock.instant();
        return deadline == null || (deadline.isAfter(now) && !deadline.isAfter(now.plus(MAX_DEADLINE)));
    }

    private static ApiError invalidDeadline() {
        return ApiError.invalid(
                List.of(new Violation("deadline", "Send a time in the future, at most one year ahead.")));
    }

    private Future<Reply> cancel(Request request) {
        return authenticator
                .require(request, Scope.USER, Scope.WORKER, Scope.OPERATOR)
                .compose(caller -> {
                    request.query().check();
                    request.fields().check();
                    return jobs.cancel(id(request), caller);
                })
                .map(shown -> Reply.ok(shown.toJson()));
    }

    private Future<Reply> show(Request request) {
        QueryFields query = request.query();
        long wait = LongPoll.wait(query);
        query.check();
        UUID id = request.id("id").orElseThrow(JobService::notFound);
        if (ChangeStreams.isAskedFor(request)) {
            int lastOutput = (int) ChangeStreams.lastEventId(request, 0, Integer.MAX_VALUE);
            return jobs.show(id)
                    .map(current -> streams.reply(
                            Topic.JOBS_CHANGED,
                            ChangeWaiters.job(id.toString()),
                            heartbeat,
                            new JobStream(jobs, id, lastOutput)));
        }
        return longPoll.tagged(request, wait, Topic.JOBS_CHANGED, ChangeWaiters.job(id.toString()), () -> jobs.peek(id)
                .map(shown -> new Seen(
                        Reply.ok(shown.toJson()),
                        shown.job().state().isFinal(),
                        shown.lacksResult() ? () -> showWhole(request, id) : null)));
    }

    /** A job with a large result. A result never changes, so the entity tag is made of the other fields. */
    private Future<Reply> showWhole(Request request, UUID id) {
        return jobs.read(id).map(shown -> Reply.ok(shown.toJson())
                .tagged(request, Reply.ok(shown.withoutLargeResult().toJson())));
    }

    /** Polls many jobs in one request, because browsers open at most six connections to a server. */
    private Future<Reply> changes(Request request) {
        QueryFields query = request.query();
        long wait = LongPoll.wait(query);
        query.check();
        Map<UUID, String> knownStates = knownStates(request);
        List<String> ids = knownStates.keySet().stream().map(UUID::toString).toList();
        return longPoll.answerAny(request, wait, Topic.JOBS_CHANGED, ids, () -> jobs.changes(knownStates)
                .map(changes -> new Seen(Reply.ok(changes.toJson()), !changes.isEmpty())));
    }

    /** The states that the client has, by job id; empty for a job without a state. */
    private static Map<UUID, String> knownStates(Request request) {
        BodyFields fields = request.fields();
        Map<String, Json> requested = fields.object("jobs").members();
        Map<UUID, String> knownStates = new LinkedHashMap<>();
        requested.forEach((id, state) -> {
            UUID uuid = CanonicalUuid.parse(id);
            if (uuid != null && state == Json.Null.NULL) {
                knownStates.put(uuid, "");
            } else if (uuid != null && state instanceof Json.Str text && ALL_STATES.contains(text.value())) {
                knownStates.put(uuid, text.value());
            }
        });
        if (requested.isEmpty() || requested.size() > MAX_WATCHED || knownStates.size() < requested.size()) {
            fields.reject("jobs", "Send the ids of 1 to " + MAX_WATCHED + " jobs, each with its state or null.");
        }
        fields.check();
        return knownStates;
    }

    private Future<Reply> list(Request request) {
        return authenticator.require(request, Scope.WORKER, Scope.OPERATOR).compose(caller -> {
            QueryFields query = request.query();
            String state = query.choice("state", "queued", listedStates(caller));
            UUID after = query.uuid("after");
            int limit = limit(query);
            query.check();
            return jobs.list(JobState.of(state), after, limit, caller.scope() == Scope.OPERATOR)
                    .map(page -> page(page, Shown::toListJson, limit, "next_after"));
        });
    }

    /** Finished jobs are for operators. */
    private static List<String> listedStates(Caller caller) {
        return caller.scope() == Scope.OPERATOR ? ALL_STATES : List.of("queued", "running");
    }

    private Future<Reply> listOwn(Request request) {
        return authenticator.require(request, Scope.USER).compose(requireLive).compose(user -> {
            QueryFields query = request.query();
            UUID before = query.uuid("before");
            int limit = limit(query);
            query.check();
            return jobs.listOwn(new PublicKey(user.subject()), before, limit)
                    .map(page -> page(page, Shown::toJson, limit, "next_before"));
        });
    }

    private static int limit(QueryFields query) {
        return (int) query.integer("limit", DEFAULT_PAGE, 1, MAX_PAGE);
    }

    private static Reply page(List<Shown> page, Function<Shown, Json.Obj> toJson, int limit, String next) {
        return Reply.ok(Json.object()
                .put("jobs", Json.array(page.stream().map(toJson).toList()))
                .put(
                        next,
                        page.size() < limit
                                ? null
                                : page.get(page.size() - 1).job().id().toString())
                .build());
    }

    static UUID id(Request request) {
        return request.id("id").orElseThrow(JobService::notFound);
    }
}
