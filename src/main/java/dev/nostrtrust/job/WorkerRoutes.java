package dev.nostrtrust.job;

import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.http.BodyFields;
import dev.nostrtrust.http.LongPoll;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Request;
import dev.nostrtrust.http.RouteModule;
import dev.nostrtrust.http.Routes;
import dev.nostrtrust.job.JobService.Shown;
import dev.nostrtrust.json.Json;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The HTTP routes of workers: claim, heartbeat, release, complete and fail. */
public final class WorkerRoutes implements RouteModule {
    /** The total supply of bitcoin in sats. */
    private static final long MAX_SATS = 2_100_000_000_000_000L;

    private static final int MAX_QUEUES = 20;
    private static final int MAX_CLAIMS = 100;
    private static final int MAX_WAIT_SECONDS = 30;
    private static final int MAX_PROGRESS_BYTES = 4096;

    private final Authenticator authenticator;
    private final LeaseService leases;
    private final LongPoll longPoll;
    private final Duration recheck;

    /**
     * Creates the routes.
     *
     * @param recheck how often a waiting claim looks for jobs without a message
     */
    public WorkerRoutes(Authenticator authenticator, LeaseService leases, LongPoll longPoll, Duration recheck) {
        this.authenticator = authenticator;
        this.leases = leases;
        this.longPoll = longPoll;
        this.recheck = recheck;
    }

    @Override
    public void mount(Routes routes) {
        routes.postFinishing("/api/jobs/claim", authenticator::isWorker, this::claimNext);
        routes.postFinishing("/api/jobs/{id}/claim", authenticator::isWorker, this::claim);
        routes.postFinishing("/api/jobs/{id}/heartbeat", authenticator::isWorker, this::heartbeat);
        routes.postFinishing("/api/jobs/{id}/release", authenticator::isWorker, this::release);
        routes.postFinishing("/api/jobs/{id}/complete", authenticator::isWorker, this::complete);
        routes.postFinishing("/api/jobs/{id}/fail", authenticator::isWorker, this::fail);
    }

    private Future<Reply> claimNext(Request request) {
        return authenticator.require(request, Scope.WORKER).compose(worker -> {
            request.query().check();
            BodyFields body = request.fields();
            List<String> queues = body.optional("queues") == null
                    ? List.of(JobRoutes.DEFAULT_QUEUE)
                    : body.strings("queues", MAX_QUEUES, JobRoutes.MAX_QUEUE).stream()
                            .distinct()
                            .toList();
            Long max = body.optionalInteger("max", 1, MAX_CLAIMS);
            Long wait = body.optionalInteger("wait", 0, MAX_WAIT_SECONDS);
            body.check();
            return longPoll.<Shown>take(
                            request,
                            wait == null ? 0 : wait,
                            recheck,
                            Topic.JOBS_CHANGED,
                            queues.stream().map(ChangeWaiters::queue).toList(),
                            () -> leases.claimNext(queues, max == null ? 1 : max.intValue(), worker),
                            claimed -> leases.releaseAll(claimed, worker))
                    .map(claimed -> Reply.ok(Json.object()
                            .put(
                                    "jobs",
                                    Json.array(claimed.stream()
                                            .map(Shown::toClaimJson)
                                            .toList()))
                            .build()));
        });
    }

    private Future<Reply> heartbeat(Request request) {
        return onClaim(request, body -> {
                    String progress = progress(body);
                    return (job, fence, worker) -> leases.heartbeat(job, fence, worker, progress);
                })
                .map(shown -> Reply.ok(shown.toClaimJson()));
    }

    private static @Nullable String progress(BodyFields body) {
        if (!isSent(body, "progress")) {
            return null;
        }
        String text = Objects.requireNonNull(body.optional("progress")).encode();
        if (text.getBytes(StandardCharsets.UTF_8).length > MAX_PROGRESS_BYTES) {
            body.reject("progress", "A JSON value of at most " + MAX_PROGRESS_BYTES + " bytes is expected.");
        }
        return text;
    }

    private Future<Reply> release(Request request) {
        return onClaim(request, body -> leases::release).map(shown -> Reply.ok(shown.toJson()));
    }

    private Future<Reply> claim(Request request) {
        return authenticator
                .require(request, Scope.WORKER)
                .compose(worker -> {
                    request.query().check();
                    BodyFields body = request.fields();
                    Long fence = body.optionalInteger("fence", 1, Long.MAX_VALUE);
                    body.check();
                    return leases.claim(JobRoutes.id(request), worker, fence);
                })
                .map(shown -> Reply.ok(shown.toClaimJson()));
    }

    private Future<Reply> complete(Request request) {
        return report(request, body -> {
            long satsCost = body.integer(amount(body, "sats_cost", "sats"), 0, MAX_SATS);
            Long absorbed = body.optionalInteger("sats_absorbed", 0, MAX_SATS);
            Json result = body.optional("result");
            return () -> JobReport.success(
                    satsCost, absorbed, result == null || result == Json.Null.NULL ? null : result.encode());
        });
    }

    private Future<Reply> fail(Request request) {
        return report(request, body -> {
            String reason = body.string("reason", 64);
            if (!reason.isEmpty() && !JobReport.REASONS.contains(reason)) {
                body.reject("reason", "Send one of " + String.join(", ", JobReport.REASONS) + ".");
            }
            Long sats = body.optionalInteger(amount(body, "sats", "sats_cost"), 0, MAX_SATS);
            return () -> JobReport.failure(reason, sats);
        });
    }

    /** The name under which a report has its amount. */
    private static String amount(BodyFields body, String usual, String other) {
        if (!isSent(body, other)) {
            return usual;
        }
        if (isSent(body, usual)) {
            body.reject(other, "sats and sats_cost are two names of one amount. Send one of them.");
        }
        return other;
    }

    private static boolean isSent(BodyFields body, String name) {
        Json value = body.optional(name);
        return value != null && value != Json.Null.NULL;
    }

    private Future<Reply> report(Request request, Function<BodyFields, Supplier<JobReport>> reader) {
        return onClaim(request, body -> {
                    Supplier<JobReport> report = reader.apply(body);
                    return (job, fence, worker) -> leases.report(job, fence, worker, report.get());
                })
                .map(shown -> Reply.ok(shown.toJson()));
    }

    /** What a worker does with its claim on a job. */
    private interface ClaimAction {
        Future<Shown> run(UUID job, long fence, Caller worker);
    }

    /**
     * Reads the fence of a claim and runs an action on it.
     *
     * @param reader reads the other fields of the body
     */
    private Future<Shown> onClaim(Request request, Function<BodyFields, ClaimAction> reader) {
        return authenticator.require(request, Scope.WORKER).compose(worker -> {
            request.query().check();
            BodyFields body = request.fields();
            long fence = body.integer("fence", 1, Long.MAX_VALUE);
            ClaimAction action = reader.apply(body);
            body.check();
            return action.run(JobRoutes.id(request), fence, worker);
        });
    }
}
