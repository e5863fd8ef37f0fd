package dev.nostrtrust.job;

import dev.nostrtrust.auth.Authenticator;
import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.ChangeWaiters;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
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
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The HTTP routes of workers: claim, heartbeat, output, release, complete and fail. */
public final class WorkerRoutes implements RouteModule {
    /** The total supply of bitcoin in sats. */
    private static final long MAX_SATS = 2_100_000_000_000_000L;

    private static final int MAX_QUEUES = 20;
    private static final int MAX_CLAIMS = 100;
    private static final int MAX_WAIT_SECONDS = 30;
    private static final int MAX_PROGRESS_BYTES = 4096;
    private static final int MAX_CHUNK_BYTES = 65_536;
    private static final int MAX_ERROR = 1000;
    private static final String OUTPUT = "/api/jobs/{id}/output";
    private static final String COMPLETE = "/api/jobs/{id}/complete";

    private final Authenticator authenticator;
    private final LeaseService leases;
    private final LongPoll longPoll;
    private final Settings settings;

    public WorkerRoutes(Authenticator authenticator, LeaseService leases, LongPoll longPoll, Settings settings) {
        this.authenticator = authenticator;
        this.leases = leases;
        this.longPoll = longPoll;
        this.settings = settings;
    }

    @Override
    public void mount(Routes routes) {
        routes.postFinishing("/api/jobs/claim", authenticator::isWorker, this::claimNext);
        routes.postFinishing("/api/jobs/{id}/claim", authenticator::isWorker, this::claim);
        routes.postFinishing("/api/jobs/{id}/heartbeat", authenticator::isWorker, this::heartbeat);
        routes.postFinishing(OUTPUT, authenticator::isWorker, this::append);
        routes.postFinishing("/api/jobs/{id}/release", authenticator::isWorker, this::release);
        routes.postFinishing(COMPLETE, authenticator::isWorker, this::complete);
        routes.postFinishing("/api/jobs/{id}/fail", authenticator::isWorker, this::fail);
        // A byte of text is at most six bytes of JSON.
        routes.acceptLarger(OUTPUT, 6 * MAX_CHUNK_BYTES + settings.httpBodyLimit(), this::requireWorker);
        routes.refuseOversized(OUTPUT, bodyLimit -> tooLarge("A chunk of output", MAX_CHUNK_BYTES));
        // A program that escapes all other characters than ASCII needs up to three times their bytes in UTF-8.
        routes.acceptLarger(COMPLETE, 3 * settings.jobResultLimit() + settings.httpBodyLimit(), this::requireWorker);
        routes.refuseOversized(COMPLETE, bodyLimit -> tooLarge("A result", settings.jobResultLimit()));
    }

    private Future<Caller> requireWorker(Request request) {
        return authenticator.require(request, Scope.WORKER);
    }

    private static ApiError tooLarge(String what, int limit) {
        return ApiError.of(ErrorCode.BODY_TOO_LARGE, what + " has at most " + limit + " bytes.")
                .with("limit", limit);
    }

    private Future<Reply> claimNext(Request request) {
        return requireWorker(request).compose(worker -> {
            request.query().check();
            BodyFields body = request.fields();
            List<String> queues = body.optional("queues") == null
                    ? List.of(JobRoutes.DEFAULT_QUEUE)
                    : body.strings("queues", MAX_QUEUES, JobRoutes.MAX_QUEUE).stream()
                            .distinct()
                            .sorted()
                            .toList();
            Long max = body.optionalInteger("max", 1, MAX_CLAIMS);
            Long wait = body.optionalInteger("wait", 0, MAX_WAIT_SECONDS);
            body.check();
            return longPoll.<Shown>take(
                            request,
                            wait == null ? 0 : wait,
                            // How often it looks for jobs without a message.
                            settings.httpHeartbeat(),
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
        if (utf8Length(text) > MAX_PROGRESS_BYTES) {
            body.reject("progress", "A JSON value of at most " + MAX_PROGRESS_BYTES + " bytes is expected.");
        }
        return text;
    }

    private Future<Reply> append(Request request) {
        return onClaim(request, body -> {
                    int seq = (int) body.integer("seq", 1, Integer.MAX_VALUE);
                    if (body.optional("text") instanceof Json.Str chunk
                            && utf8Length(chunk.value()) > MAX_CHUNK_BYTES) {
                        throw tooLarge("A chunk of output", MAX_CHUNK_BYTES);
                    }
                    String text = body.string("text", MAX_CHUNK_BYTES);
                    return (job, fence, worker) -> leases.append(job, fence, worker, seq, text);
                })
                .map(shown -> Reply.ok(shown.toClaimJson()));
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private Future<Reply> release(Request request) {
        return onClaim(request, body -> leases::release).map(shown -> Reply.ok(shown.toJson()));
    }

    private Future<Reply> claim(Request request) {
        return requireWorker(request)
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
            JobReport report = JobReport.success(
                    satsCost, absorbed, result == null || result == Json.Null.NULL ? null : result.encode());
            Long bytes = report.outcome().resultBytes();
            if (bytes != null && bytes > settings.jobResultLimit()) {
                throw tooLarge("A result", settings.jobResultLimit());
            }
            return report;
        });
    }

    private Future<Reply> fail(Request request) {
        return report(request, body -> {
            String reason = body.string("reason", 64);
            if (!reason.isEmpty() && !JobReport.REASONS.contains(reason)) {
                body.reject("reason", "Send one of " + String.join(", ", JobReport.REASONS) + ".");
            }
            Long sats = body.optionalInteger(amount(body, "sats", "sats_cost"), 0, MAX_SATS);
            String error = body.optionalString("error", MAX_ERROR);
            if (!body.flag("retry", false)) {
                return JobReport.failure(reason, sats, error);
            }
            if (!reason.isEmpty() && !JobReport.allowsRetry(reason)) {
                body.reject("retry", "Only a job that fails with worker_error or platform_error can be tried again.");
            }
            if (sats != null) {
                body.reject("sats", "An attempt that is tried again has no amount.");
            }
            return JobReport.retry(reason, error);
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

    private Future<Reply> report(Request request, Function<BodyFields, JobReport> reader) {
        return onClaim(request, body -> {
                    JobReport report = reader.apply(body);
                    return (job, fence, worker) -> leases.report(job, fence, worker, report);
                })
                .map(shown -> Reply.ok(shown.withoutLargeResult().toJson()));
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
        return requireWorker(request).compose(worker -> {
            request.query().check();
            return request.<Supplier<Future<Shown>>>read(body -> {
                        long fence = body.integer("fence", 1, Long.MAX_VALUE);
                        ClaimAction action = reader.apply(body);
                        body.check();
                        return () -> action.run(JobRoutes.id(request), fence, worker);
                    })
                    .compose(Supplier::get);
        });
    }
}
