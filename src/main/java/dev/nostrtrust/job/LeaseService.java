package dev.nostrtrust.job;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.StatementBatcher;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.job.ClaimStore.NextClaim;
import dev.nostrtrust.job.JobService.Shown;
import dev.nostrtrust.job.JobStore.Found;
import dev.nostrtrust.job.LeaseBatchStore.OwnClaim;
import dev.nostrtrust.job.LeaseBatchStore.Renewal;
import dev.nostrtrust.job.LeaseBatchStore.Report;
import dev.nostrtrust.json.Json;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The use cases of workers: claim, heartbeat, release and report. Publishes each change after its commit. Any thread.
 */
public final class LeaseService {
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Enough that fences cannot be guessed. */
    private static final long MAX_FENCE_STEP = 1L << 40;

    private final JobService jobs;
    private final JobStore store;
    private final LeaseStore leases;
    private final OutputStore outputs;
    private final StatementBatcher<NextClaim, Future<List<Found>>> claims;
    private final StatementBatcher<Renewal, Optional<Found>> renewals;
    private final StatementBatcher<Report, Optional<Found>> reports;
    private final Settings settings;
    private final InstantSource clock;
    private final Bus bus;
    private final LongSupplier fenceSteps;

    public LeaseService(Database database, JobService jobs, Settings settings, InstantSource clock, Bus bus) {
        this(database, jobs, settings, clock, bus, () -> 1 + RANDOM.nextLong(MAX_FENCE_STEP));
    }

    /**
     * Creates the service.
     *
     * @param fenceSteps by how much the fence grows at the next claim
     */
    LeaseService(
            Database database,
            JobService jobs,
            Settings settings,
            InstantSource clock,
            Bus bus,
            LongSupplier fenceSteps) {
        this.jobs = jobs;
        this.store = new JobStore(database);
        this.leases = new LeaseStore(database);
        this.outputs = new OutputStore(database);
        LeaseBatchStore batches = new LeaseBatchStore(database);
        int batch = settings.jobBatch();
        ClaimStore next = new ClaimStore(database);
        this.claims = new StatementBatcher<>(batch, together -> {
            Instant now = clock.instant();
            List<Future<List<Found>>> claimed = next.claimNext(together, now, now.plus(settings.jobLease()));
            return Future.join(claimed).otherwiseEmpty().map(claimed);
        });
        this.renewals = new StatementBatcher<>(batch, together -> {
            Instant now = clock.instant();
            return batches.renew(together, now, now.plus(settings.jobLease()));
        });
        this.reports = new StatementBatcher<>(batch, together -> batches.report(together, clock.instant()));
        this.settings = settings;
        this.clock = clock;
        this.bus = bus;
        this.fenceSteps = fenceSteps;
    }

    /** Claims a queued job; with a fence, renews the lease of the worker's own claim with this fencing token. */
    Future<Shown> claim(UUID id, Caller worker, @Nullable Long fence) {
        Instant now = clock.instant();
        Instant until = now.plus(settings.jobLease());
        if (fence != null) {
            return heartbeat(id, fence, worker, null);
        }
        return leases.claim(id, worker.subject(), now, until, fenceSteps.getAsLong())
                .compose(claimed -> claimed.isPresent()
                        ? Future.succeededFuture(jobs.publish(claimed.get()))
                        : store.find(id).map(found -> {
                            throw notClaimable(found.orElseThrow(JobService::notFound));
                        }));
    }

    /** Claims the oldest jobs of these queues, up to a number; empty if there are none. */
    Future<List<Shown>> claimNext(List<String> queues, int max, Caller worker) {
        return claims.submit(new NextClaim(queues, max, worker.subject(), fenceSteps.getAsLong()))
                .compose(claimed -> claimed)
                .map(claimed -> claimed.stream().map(jobs::publish).toList());
    }

    /**
     * Renews the lease of the worker's own claim, and keeps its progress.
     *
     * @param progress as JSON text; null to keep the latest one
     */
    Future<Shown> heartbeat(UUID id, long fence, Caller worker, @Nullable String progress) {
        OwnClaim claim = new OwnClaim(id, fence, worker.subject());
        return renewals.submit(new Renewal(claim, progress))
                .compose(together ->
                        together.isPresent() ? Future.succeededFuture(together) : renewAlone(claim, progress))
                .compose(renewed -> renewed.isPresent()
                        ? Future.succeededFuture(
                                progress == null
                                        ? jobs.shown(renewed.get())
                                        : publishProgress(renewed.get(), "progress/" + clock.instant()))
                        : jobs.show(id).map(shown -> {
                            throw notReportable(shown.job(), fence, worker);
                        }));
    }

    private Future<Optional<Found>> renewAlone(OwnClaim claim, @Nullable String progress) {
        Instant now = clock.instant();
        return leases.renew(claim.job(), claim.fence(), claim.worker(), now, now.plus(settings.jobLease()), progress);
    }

    /** Returns the worker's own claim to its queue. The attempt does not count. */
    Future<Shown> release(UUID id, long fence, Caller worker) {
        return leases.release(id, fence, worker.subject())
                .compose(released -> released.isPresent()
                        ? Future.succeededFuture(jobs.publish(released.get()))
                        : jobs.show(id).map(shown -> {
                            throw notReportable(shown.job(), fence, worker);
                        }));
    }

    /** Returns claims whose worker has gone before it got the answer. */
    Future<Void> releaseAll(List<Shown> claimed, Caller worker) {
        return Future.join(claimed.stream()
                        .map(shown -> leases.release(
                                        shown.job().id(), shown.job().claims().fence(), worker.subject())
                                .onSuccess(released -> released.ifPresent(jobs::publish)))
                        .toList())
                .mapEmpty();
    }

    /**
     * Records the report of the worker that claimed a job. A repeated report gets the same answer; a different report
     * is refused.
     */
    Future<Shown> report(UUID id, long fence, Caller worker, JobReport report) {
        Future<Optional<Found>> reported;
        if (report.retry()) {
            reported = leases.retry(id, fence, worker.subject(), report, RetryPolicy.of(settings), clock.instant());
        } else if (report.isLarge()) {
            reported = leases.report(id, fence, worker.subject(), report, clock.instant());
        } else {
            reported = reports.submit(new Report(new OwnClaim(id, fence, worker.subject()), report))
                    .compose(together -> together.isPresent()
                            ? Future.succeededFuture(together)
                            : leases.report(id, fence, worker.subject(), report, clock.instant()));
        }
        return reported.compose(changed -> {
            if (changed.isPresent()) {
                Shown shown = jobs.publish(changed.get());
                bus.wakeOne(Topic.TRUST_PENDING);
                return Future.succeededFuture(shown);
            }
            // A new statement, because the first one has a snapshot from before the first report.
            return jobs.show(id).map(shown -> {
                Job job = shown.job();
                if (report.matches(job) && job.claims().isLatest(fence, worker.subject())) {
                    return shown;
                }
                throw notReportable(job, fence, worker);
            });
        });
    }

    /**
     * Appends a chunk to the output of a job and renews the lease. A repeated chunk gets the same answer.
     *
     * @param seq the number of the chunk in its claim, from 1
     */
    Future<Shown> append(UUID id, long fence, Caller worker, int seq, String text) {
        Instant now = clock.instant();
        Instant until = now.plus(settings.jobLease());
        return outputs.append(id, fence, worker.subject(), seq, text, settings.jobResultLimit(), now, until)
                .compose(appended -> appended.isPresent()
                        ? Future.succeededFuture(publishProgress(
                                appended.get(),
                                "output/" + appended.get().job().output().count()))
                        : jobs.show(id).compose(shown -> notAppended(shown, fence, worker, seq, text)));
    }

    private Future<Shown> notAppended(Shown shown, long fence, Caller worker, int seq, String text) {
        Job job = shown.job();
        if (job.refusedAt(clock.instant()).state() != JobState.RUNNING
                || !job.claims().isLatest(fence, worker.subject())) {
            throw notReportable(job, fence, worker);
        }
        int next = job.output().nextSeq();
        if (seq == next && !fits(job.output(), text)) {
            int limit = settings.jobResultLimit();
            throw ApiError.of(
                            ErrorCode.OUTPUT_TOO_LARGE,
                            "The output of a claim has at most " + limit + " bytes and " + OutputStore.MAX_CHUNKS
                                    + " chunks.")
                    .with("limit", limit);
        }
        if (seq == next) {
            // The chunk before it was appended in the meantime.
            return append(job.id(), fence, worker, seq, text);
        }
        return outputs.has(job.id(), job.output().start() + seq, text).map(same -> {
            if (!same) {
                throw ApiError.of(
                                ErrorCode.OUTPUT_OUT_OF_ORDER, "The next chunk of this claim has the seq " + next + ".")
                        .with("next_seq", next);
            }
            return shown;
        });
    }

    private boolean fits(Job.Output output, String text) {
        long bytes = output.bytes() + (long) text.getBytes(StandardCharsets.UTF_8).length;
        return bytes <= settings.jobResultLimit() && output.nextSeq() <= OutputStore.MAX_CHUNKS;
    }

    private ApiError notClaimable(Found found) {
        Job job = jobs.shown(found).job();
        if (job.state() != JobState.QUEUED) {
            return ApiError.of(ErrorCode.JOB_NOT_QUEUED, "The job is not queued. Claim another job.")
                    .with("state", job.state().code());
        }
        return found.blocked()
                ? ApiError.of(
                        ErrorCode.IDENTITY_BLOCKED,
                        "The operator has blocked the identity of this job. Claim another job.")
                : ApiError.of(
                                ErrorCode.JOB_NOT_QUEUED,
                                "The job can be claimed from " + job.claims().availableAt() + " on. Claim another job.")
                        .with("state", job.state().code());
    }

    private ApiError notReportable(Job found, long fence, Caller worker) {
        Job job = found.refusedAt(clock.instant());
        Job.Claims claims = job.claims();
        if (claims.fence() == fence && !claims.isLatest(fence, worker.subject())) {
            return ApiError.of(ErrorCode.NOT_OWNER, "The job is claimed by another worker.");
        }
        if (job.state() == JobState.SUCCEEDED || job.state() == JobState.FAILED) {
            return ApiError.of(
                            ErrorCode.ALREADY_REPORTED,
                            "The job has another report already, or its last lease has ended.")
                    .with("state", job.state().code());
        }
        if (job.state().isFinal()) {
            return ApiError.of(
                            ErrorCode.JOB_ALREADY_FINISHED, "The job was cancelled or has expired. Discard the result.")
                    .with("state", job.state().code());
        }
        if (claims.fence() != fence) {
            String detail = claims.fence() == 0
                    ? "The job is not claimed. Claim it to get a fence."
                    : "The fence is not the fence of the latest claim. Discard the result.";
            return ApiError.of(ErrorCode.STALE_FENCE, detail)
                    .with("state", job.state().code());
        }
        return ApiError.of(ErrorCode.JOB_NOT_RUNNING, "The job is not claimed now. Claim it again.")
                .with("state", job.state().code());
    }

    private Shown publishProgress(Found found, String change) {
        Job job = found.job();
        bus.publish(
                Topic.JOBS_PROGRESS,
                job.id() + "/" + change,
                Json.object().put("id", job.id().toString()).build());
        return jobs.shown(found);
    }
}
