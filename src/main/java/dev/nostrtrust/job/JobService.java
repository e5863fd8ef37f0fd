package dev.nostrtrust.job;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.job.JobStore.Found;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Takes orders, gives jobs to workers, takes their reports, and shows jobs with the tier that their identity has now.
 * Publishes each change after its commit. Any thread.
 */
public final class JobService {
    private final JobStore jobs;
    private final ErasureStore erasures;
    private final TrustModel model;
    private final Settings settings;
    private final InstantSource clock;
    private final Bus bus;

    /** A job with the tier that its identity has now. */
    record Shown(Job job, Tier tier) {
        Json.Obj toJson() {
            return job.toJson(tier);
        }

        Json.Obj toClaimJson() {
            return job.toClaimJson(tier);
        }
    }

    /** What a client does not know yet. */
    record Changes(List<Shown> jobs, List<UUID> missing) {
        boolean isNothing() {
            return jobs.isEmpty() && missing.isEmpty();
        }

        Json.Obj toJson() {
            return Json.object()
                    .put("jobs", Json.array(jobs.stream().map(Shown::toJson).toList()))
                    .put(
                            "missing",
                            Json.strings(missing.stream().map(UUID::toString).toList()))
                    .build();
        }
    }

    public JobService(Database database, TrustModel model, Settings settings, InstantSource clock, Bus bus) {
        this.jobs = new JobStore(database);
        this.erasures = new ErasureStore(database, settings, clock);
        this.model = model;
        this.settings = settings;
        this.clock = clock;
        this.bus = bus;
    }

    /**
     * Takes an order; with an idempotency key that was used before, shows the job that it made, as it was made.
     *
     * @param deadline null for the default: {@code JOB_QUEUE_TTL} from now
     */
    Future<Shown> order(
            @Nullable UUID sessionId,
            String request,
            @Nullable Instant deadline,
            Caller caller,
            @Nullable IdempotencyKey idempotency) {
        Instant now = clock.instant();
        Instant due = deadline == null ? now.plus(settings.jobQueueTtl()) : deadline;
        JobStore.Order order = new JobStore.Order(UuidV7.next(now), sessionId, request, due);
        return jobs.create(order, caller, now, idempotency).compose(created -> {
            if (created.job().isPresent()) {
                return Future.succeededFuture(announce(created.job().get()));
            }
            return repeat(idempotency).map(first -> first.orElseThrow(() -> refusal(created)));
        });
    }

    /** What an order with this idempotency key was answered before, if it was. */
    Future<Optional<Shown>> repeat(@Nullable IdempotencyKey idempotency) {
        return idempotency == null
                ? Future.succeededFuture(Optional.empty())
                : jobs.first(idempotency).map(found -> found.map(first -> asMade(shown(first))));
    }

    /** Claims a queued job, or prolongs the worker's own claim that has this fencing number. */
    Future<Shown> claim(UUID id, Caller worker, @Nullable Long fence) {
        Instant now = clock.instant();
        Instant until = now.plus(settings.jobLease());
        if (fence != null) {
            return jobs.renew(id, fence, worker.subject(), until)
                    .compose(renewed -> renewed.isPresent()
                            ? Future.succeededFuture(shown(renewed.get()))
                            : show(id).map(shown -> {
                                throw notReportable(shown.job(), fence, worker);
                            }));
        }
        return jobs.claim(id, worker.subject(), now, until)
                .compose(claimed -> claimed.isPresent()
                        ? Future.succeededFuture(announce(claimed.get()))
                        : jobs.find(id).map(found -> {
                            throw notClaimable(found.orElseThrow(JobService::notFound));
                        }));
    }

    /**
     * Takes a report from the worker that claimed a job. The same report again gets the same answer; another one is
     * refused.
     */
    Future<Shown> report(UUID id, long fence, Caller worker, JobReport report) {
        return jobs.report(id, fence, worker.subject(), report, clock.instant()).compose(moved -> {
            if (moved.isPresent()) {
                Shown shown = announce(moved.get());
                bus.wakeOne(Topic.TRUST_PENDING);
                return Future.succeededFuture(shown);
            }
            // A fresh statement: the one before saw the job as it was before the report that came first.
            return show(id).map(shown -> {
                Job job = shown.job();
                if (report.isThatOf(job)
                        && job.fence() == fence
                        && worker.subject().equals(job.worker())) {
                    return shown;
                }
                throw notReportable(job, fence, worker);
            });
        });
    }

    /**
     * Cancels a job: for its owner, which counts against the owner while a worker holds it, or for a worker or an
     * operator, which does not. A worker cancels only queued jobs and its own claims.
     */
    Future<Shown> cancel(UUID id, Caller caller) {
        Instant now = clock.instant();
        Future<Optional<Found>> moved = caller.scope() == Scope.USER
                ? jobs.cancelOwn(id, caller, now)
                : jobs.cancel(id, caller.scope() == Scope.WORKER ? caller.subject() : null, now);
        return moved.compose(cancelled -> {
            if (cancelled.isPresent()) {
                Shown shown = announce(cancelled.get());
                bus.wakeOne(Topic.TRUST_PENDING);
                return Future.succeededFuture(shown);
            }
            return show(id).map(shown -> alreadyCancelled(shown, caller));
        });
    }

    /** The job with this id; fails with {@code job_not_found}. */
    Future<Shown> show(UUID id) {
        return jobs.find(id).map(found -> shown(found.orElseThrow(JobService::notFound)));
    }

    /**
     * What differs from what a client knows, with the ids of no job.
     *
     * @param known by id the state's code; empty where the client knows none
     */
    Future<Changes> changes(Map<UUID, String> known) {
        return jobs.changed(known, clock.instant())
                .map(changed -> new Changes(shown(changed.jobs()), changed.missing()));
    }

    /** Jobs of one state after an id, the oldest first; with those of blocked identities, or without. */
    Future<List<Shown>> list(JobState state, @Nullable UUID after, int limit, boolean withBlocked) {
        return jobs.list(state, after, limit, withBlocked).map(this::shown);
    }

    /** Jobs of one identity before an id, the newest first. */
    Future<List<Shown>> own(PublicKey pubkey, @Nullable UUID before, int limit) {
        return jobs.own(pubkey, before, limit).map(this::shown);
    }

    /**
     * Ends leases and expires jobs that are due, up to the sweep's batch of each. Fails as the database does.
     *
     * @return whether there may be more
     */
    public Future<Boolean> sweep() {
        Instant now = clock.instant();
        int batch = settings.sweepBatch();
        return jobs.endLeases(now, settings.jobMaxAttempts(), batch)
                .compose(ended -> jobs.expire(now, batch).map(expired -> {
                    ended.forEach(this::announce);
                    expired.forEach(this::announce);
                    return ended.size() == batch || expired.size() == batch;
                }));
    }

    /**
     * Erases the data of identities whose erasure is due, up to one batch. Fails as the database does.
     *
     * @return whether more may be due
     */
    public Future<Boolean> sweepErasures() {
        return erasures.sweep();
    }

    private static ApiError refusal(JobStore.Created created) {
        return created.refusal() == null
                ? ApiError.of(ErrorCode.INTERNAL_ERROR, "The job was neither made nor refused.")
                : created.refusal();
    }

    private ApiError notClaimable(Found found) {
        Job job = shown(found).job();
        return job.state() == JobState.QUEUED && found.blocked()
                ? ApiError.of(ErrorCode.IDENTITY_BLOCKED, "The operator has blocked the identity of this job.")
                : ApiError.of(ErrorCode.JOB_NOT_QUEUED, "The job is not waiting for a worker.")
                        .with("state", job.state().code());
    }

    private static ApiError notReportable(Job job, long fence, Caller worker) {
        if (job.fence() == fence && !worker.subject().equals(job.worker())) {
            return ApiError.of(ErrorCode.NOT_OWNER, "The claim belongs to another worker.");
        }
        if (job.state() == JobState.SUCCEEDED || job.state() == JobState.FAILED) {
            return ApiError.of(
                            ErrorCode.ALREADY_REPORTED,
                            "Another report on this job, or the end of its last lease, came first.")
                    .with("state", job.state().code());
        }
        if (job.state().isFinal()) {
            return ApiError.of(ErrorCode.JOB_ALREADY_FINISHED, "The job was ended before a report came.")
                    .with("state", job.state().code());
        }
        if (job.fence() != fence) {
            String why = job.fence() == 0
                    ? "Nobody has claimed the job yet: a claim gives the fence."
                    : "The fence is not that of the latest claim.";
            return ApiError.of(ErrorCode.STALE_FENCE, why)
                    .with("state", job.state().code());
        }
        return ApiError.of(ErrorCode.JOB_NOT_RUNNING, "The job is not claimed at the moment.")
                .with("state", job.state().code());
    }

    private static Shown alreadyCancelled(Shown shown, Caller caller) {
        String owner = shown.job().pubkey() == null ? "" : shown.job().pubkey().hex();
        if (caller.scope() == Scope.USER && !caller.subject().equals(owner)) {
            throw ApiError.of(ErrorCode.NOT_OWNER, "The job belongs to another identity, or to nobody.");
        }
        if (caller.scope() == Scope.WORKER && shown.job().state() == JobState.RUNNING) {
            throw ApiError.of(ErrorCode.NOT_OWNER, "The claim belongs to another worker.");
        }
        if (shown.job().state() != JobState.CANCELLED) {
            throw ApiError.of(ErrorCode.JOB_ALREADY_FINISHED, "The job has ended already.")
                    .with("state", shown.job().state().code());
        }
        return shown;
    }

    /** The answer to a repeated order: the job as it was when it was made. */
    private static Shown asMade(Shown shown) {
        Job job = shown.job();
        Job made = new Job(
                job.id(),
                job.sessionId(),
                job.pubkey(),
                JobState.QUEUED,
                job.request(),
                Job.Outcome.NONE,
                0,
                0,
                null,
                null,
                job.deadline(),
                job.createdAt(),
                null,
                null);
        return new Shown(made, shown.tier());
    }

    /**
     * Publishes the state that a job has moved to. A job that went back to the queue after its deadline is announced as
     * queued, and as expired by the move that follows.
     */
    private Shown announce(Found found) {
        Shown shown = shown(found);
        Job job = found.job();
        bus.publish(
                Topic.JOBS_CHANGED,
                job.id() + "/" + job.state().code() + "/" + job.fence(),
                Json.object()
                        .put("id", job.id().toString())
                        .put("state", job.state().code())
                        .put("tier", shown.tier().code())
                        .build());
        return shown;
    }

    private Shown shown(Found found) {
        Instant now = clock.instant();
        Tier tier = found.standing() == null ? Tier.ANONYMOUS : found.standing().tierAt(model, now);
        return new Shown(found.job().at(now), tier);
    }

    static ApiError notFound() {
        return ApiError.of(ErrorCode.JOB_NOT_FOUND, "There is no such job.");
    }

    private List<Shown> shown(List<Found> found) {
        return found.stream().map(this::shown).toList();
    }
}
