package dev.nostrtrust.job;

import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.http.CanonicalUuid;
import dev.nostrtrust.http.EventStream;
import dev.nostrtrust.http.EventStreams.Then;
import dev.nostrtrust.http.EventStreams;
import dev.nostrtrust.http.Fields;
import dev.nostrtrust.http.Polls.Seen;
import dev.nostrtrust.http.Polls;
import dev.nostrtrust.http.QueryFields;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.http.RouteModule;
import dev.nostrtrust.http.Routes;
import dev.nostrtrust.job.JobViews.Shown;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.PublicKey;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Jobs over HTTP for those who look at them: one, as it changes, or pages of them. */
public final class JobViewRoutes implements RouteModule {
    private static final int MAX_PAGE = 100;
    private static final int DEFAULT_PAGE = 100;
    private static final int MAX_WATCHED = 100;
    private static final Set<String> STATES =
            Arrays.stream(JobState.values()).map(JobState::code).collect(Collectors.toUnmodifiableSet());

    private final Authenticator callers;
    private final Function<Caller, Future<Caller>> live;
    private final JobViews jobs;
    private final Polls polls;
    private final EventStreams streams;
    private final Duration heartbeat;

    /**
     * Makes the routes.
     *
     * @param live confirms that a user's login is not revoked and the identity not blocked
     * @param heartbeat how often a stream looks for itself and gives a sign of life
     */
    public JobViewRoutes(
            Authenticator callers,
            Function<Caller, Future<Caller>> live,
            JobViews jobs,
            Polls polls,
            EventStreams streams,
            Duration heartbeat) {
        this.callers = callers;
        this.live = live;
        this.jobs = jobs;
        this.polls = polls;
        this.streams = streams;
        this.heartbeat = heartbeat;
    }

    @Override
    public void mount(Routes routes) {
        routes.get("/api/jobs", this::list);
        routes.get("/api/jobs/{id}", this::show);
        routes.post("/api/jobs/changes", this::changes);
        routes.get("/api/identity/me/jobs", this::own);
    }

    private Future<Reply> show(Request request) {
        QueryFields query = request.query();
        long wait = Polls.wait(query);
        query.check();
        UUID id = request.id("id").orElseThrow(JobViews::notFound);
        if (EventStreams.isAskedFor(request)) {
            return jobs.show(id).map(there -> streams.reply(Topic.JOBS_CHANGED, id.toString(), heartbeat, follow(id)));
        }
        return polls.tagged(request, wait, Topic.JOBS_CHANGED, id.toString(), () -> jobs.show(id)
                .map(shown ->
                        new Seen(Reply.ok(shown.toJson()), shown.job().state().isFinal())));
    }

    /** Many jobs in one poll: browsers open six connections to a server at most. */
    private Future<Reply> changes(Request request) {
        QueryFields query = request.query();
        long wait = Polls.wait(query);
        query.check();
        Map<UUID, String> known = known(request);
        List<String> ids = known.keySet().stream().map(UUID::toString).toList();
        return polls.answerAny(request, wait, Topic.JOBS_CHANGED, ids, () -> jobs.changes(known)
                .map(changes -> new Seen(Reply.ok(changes.toJson()), !changes.isNothing())));
    }

    /** By id the state that a client knows; empty where it knows none. */
    private static Map<UUID, String> known(Request request) {
        Fields fields = request.fields();
        Map<String, Json> named = fields.object("jobs").members();
        Map<UUID, String> known = new LinkedHashMap<>();
        named.forEach((id, state) -> {
            UUID uuid = CanonicalUuid.parse(id);
            if (uuid != null && state == Json.Null.NULL) {
                known.put(uuid, "");
            } else if (uuid != null && state instanceof Json.Str text && STATES.contains(text.value())) {
                known.put(uuid, text.value());
            }
        });
        if (named.isEmpty() || named.size() > MAX_WATCHED || known.size() < named.size()) {
            fields.reject(
                    "jobs", "The ids of 1 to " + MAX_WATCHED + " jobs are expected, each with its state or null.");
        }
        fields.check();
        return known;
    }

    /** The job as it is, whenever that has changed, up to its end. */
    private EventStreams.Source follow(UUID id) {
        return new EventStreams.Source() {
            private @Nullable String before;

            @Override
            public Future<Then> next(EventStream stream) {
                return jobs.show(id).map(shown -> {
                    String now = shown.toJson().encode();
                    if (!now.equals(before)) {
                        stream.add(null, "job", shown.toJson());
                        before = now;
                    }
                    return shown.job().state().isFinal() ? Then.END : Then.WAIT;
                });
            }
        };
    }

    private Future<Reply> list(Request request) {
        return callers.require(request, Scope.WORKER, Scope.OPERATOR).compose(caller -> {
            QueryFields query = request.query();
            String state = query.choice("state", "queued", List.of("queued", "running"));
            UUID after = query.uuid("after");
            int limit = limit(query);
            query.check();
            return jobs.list(JobState.of(state), after, limit, showsBlocked(caller, state))
                    .map(page -> page(page, limit, "next_after"));
        });
    }

    /** Workers cannot claim a queued job of a blocked identity, so their list leaves it out. */
    private static boolean showsBlocked(Caller caller, String state) {
        return caller.scope() == Scope.OPERATOR || JobState.of(state) != JobState.QUEUED;
    }

    private Future<Reply> own(Request request) {
        return callers.require(request, Scope.USER).compose(live).compose(user -> {
            QueryFields query = request.query();
            UUID before = query.uuid("before");
            int limit = limit(query);
            query.check();
            return jobs.own(new PublicKey(user.subject()), before, limit).map(page -> page(page, limit, "next_before"));
        });
    }

    private static int limit(QueryFields query) {
        return (int) query.integer("limit", DEFAULT_PAGE, 1, MAX_PAGE);
    }

    private static Reply page(List<Shown> page, int limit, String next) {
        return Reply.ok(Json.object()
                .put("jobs", Json.array(page.stream().map(Shown::toJson).toList()))
                .put(
                        next,
                        page.size() < limit
                                ? null
                                : page.get(page.size() - 1).job().id().toString())
                .build());
    }
}
