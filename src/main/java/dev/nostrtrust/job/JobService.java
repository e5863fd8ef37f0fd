package dev.nostrtrust.job;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.Bus;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.StatementBatcher;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.job.JobStore.Found;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.EffectiveTier;
import dev.nostrtrust.trust.model.TrustModel;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The use cases of jobs but those of workers: create, cancel, list and sweep. Shows each job with the current tier of
 * its identity. Publishes each change after its commit. Any thread.
 */
public final class JobService {
    /** The end of a longer pause is not published, to limit the number of timers. Waiting claims look by themselves. */
    private static final Duration MAX_WAKE_DELAY = Duration.ofMinutes(1);

    private final JobStore jobs;
    private final LeaseStore leases;
    private final OutputStore outputs;
    private final StatementBatcher<CreationStore.Creation, Optional<Found>> creations;
    private final StatementBatcher<UUID, Optional<Found>> reads;
    private final ErasureStore erasures;
    private final RetentionStore retention;
    private final TrustModel model;
    private final Settings settings;
    private final InstantSource clock;
    private final Bus bus;

    /** A job with the current tier of its identity. */
    record Shown(Job job, EffectiveTier tier) {
        Json.Obj toJson() {
            return job.toJson(tier);
        }

        Json.Obj toClaimJson() {
            return job.toClaimJson(tier);
        }

        Shown asCreated() {
            return new Shown(job.asCreated(), tier);
        }

        /** Whether the job has a large result, which was not read. */
        boolean lacksResult() {
            return job.outcome().result() == null && job.outcome().resultBytes() != null;
        }

        Shown withoutLargeResult() {
            return new Shown(job.withoutLargeResult(), tier);
        }

        Shown withoutProgress() {
            return new Shown(job.withoutProgress(), tier);
        }

        Json.Obj progressJson() {
            return Json.object()
                    .put("progress", new Json.Raw(String.valueOf(job.progress())))
                    .build();
        }

        Json.Obj toListJson() {
            return job.toListJson(tier);
        }
    }

    /** The jobs that have changed, and the ids of missing jobs. */
    record Changes(List<Shown> jobs, List<UUID> missing) {
        boolean isEmpty() {
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
        this.leases = new LeaseStore(database);
        this.outputs = new OutputStore(database);
        CreationStore store = new CreationStore(database);
        this.creations =
                new StatementBatcher<>(settings.jobBatch(), together -> store.create(together, clock.instant()));
        this.reads = new StatementBatcher<>(settings.jobBatch(), jobs::peek);
        this.erasures = new ErasureStore(database, settings, clock);
        this.retention = new RetentionStore(database, settings, clock);
        this.model = model;
        this.settings = settings;
        this.clock = clock;
        this.bus = bus;
    }

    /**
     * Creates a job. With a used idempotency key, returns the job of the first request as it was created.
     *
     * @param queue where workers find it
     * @param deadline null for the default, {@code JOB_QUEUE_TTL} from now
     */
    Future<Shown> create(
            @Nullable UUID sessionId,
            String queue,
            String request,
            @Nullable Instant deadline,
            Caller caller,
            @Nullable IdempotencyKey idempotency) {
        Instant now = clock.instant();
        Instant effectiveDeadline = deadline == null ? now.plus(settings.jobQueueTtl()) : deadline;
        JobStore.Order order = new JobStore.Order(
                UuidV7.next(now), sessionId, queue, request, effectiveDeadline, deadline != null, now);
        return sessionId == null && idempotency == null
                ? creations
                        .submit(new CreationStore.Creation(order, caller))
                        .compose(created -> created.isPresent()
                                ? Future.succeededFuture(publish(created.get()))
                                : createAlone(order, caller, null))
                : createAlone(order, caller, idempotency);
    }

    private Future<Shown> createAlone(JobStore.Order order, Caller caller, @Nullable IdempotencyKey idempotency) {
        return jobs.create(order, caller, idempotency).compose(created -> {
            if (created.job().isPresent()) {
                return Future.succeededFuture(publish(created.job().get()));
            }
            return findRepeated(idempotency).map(first -> first.orElseThrow(() -> refusal(created)));
        });
    }

    /** The job of the first request with this idempotency key, as it was created. */
    Future<Optional<Shown>> findRepeated(@Nullable IdempotencyKey idempotency) {
        return idempotency == null
                ? Future.succeededFuture(Optional.empty())
                : jobs.findByKey(idempotency)
                        .map(found -> found.map(first -> shown(first).asCreated()));
    }

    /**
     * Cancels a job. A cancellation by the owner during a lease is a failure of the owner; a cancellation by a worker
     * or an operator is not. A worker can cancel queued jobs and its own claims only.
     */
    Future<Shown> cancel(UUID id, Caller caller) {
        Instant now = clock.instant();
        Future<Optional<Found>> changed = caller.scope() == Scope.USER
                ? jobs.cancelOwn(id, caller, now)
                : jobs.cancel(id, caller.scope() == Scope.WORKER ? caller.subject() : null, now);
        return changed.compose(cancelled -> {
            if (cancelled.isPresent()) {
                Shown shown = publish(cancelled.get());
                bus.wakeOne(Topic.TRUST_PENDING);
                return Future.succeededFuture(shown);
            }
            return show(id).map(shown -> alreadyCancelled(shown, caller));
        });
    }

    /** The job with this id; fails with {@code job_not_found}. */
    Future<Shown> show(UUID id) {
        return peek(id).compose(shown -> shown.lacksResult() ? read(id) : Future.succeededFuture(shown));
    }

    /** The same by a statement of its own, for a job that is known to have a large result. */
    Future<Shown> read(UUID id) {
        return jobs.find(id).map(found -> shown(found.orElseThrow(JobService::notFound)));
    }

    /** The same without a large result. Reads that arrive together share a statement. */
    Future<Shown> peek(UUID id) {
        return reads.submit(id).map(found -> shown(found.orElseThrow(JobService::notFound)));
    }

    /**
     * The jobs whose state differs from the given state, and the ids without a job.
     *
     * @param known the code of the state by id; empty for a job without a state
     */
    Future<Changes> changes(Map<UUID, String> known) {
        return jobs.changed(known, clock.instant())
                .map(changed -> new Changes(shown(changed.jobs()), changed.missing()));
    }

    /**
     * Jobs of one state after an id, oldest first.
     *
     * @param all whether the list contains queued jobs that no worker can claim now
     */
    Future<List<Shown>> list(JobState state, @Nullable UUID after, int limit, boolean all) {
        return jobs.list(state, after, limit, all, clock.instant()).map(this::shown);
    }

    /** Jobs of one identity before an id, newest first. */
    Future<List<Shown>> listOwn(PublicKey pubkey, @Nullable UUID before, int limit) {
        return jobs.listOwn(pubkey, before, limit).map(this::shown);
    }

    /**
     * Ends leases and expires jobs that are due, up to one batch of each. Fails if the database does.
     *
     * @return whether more may be due
     */
    public Future<Boolean> sweep() {
        Instant now = clock.instant();
        int batch = settings.sweepBatch();
        return leases.endLeases(now, RetryPolicy.of(settings), batch)
                .compose(ended -> jobs.expire(now, batch).map(expired -> {
                    ended.forEach(this::publish);
                    expired.forEach(this::publish);
                    return ended.size() == batch || expired.size() >= batch;
                }));
    }

    /**
     * Erases the data of identities whose erasure is due, up to one batch. Fails if the database does.
     *
     * @return whether more may be due
     */
    public Future<Boolean> sweepErasures() {
        return erasures.sweep();
    }

    /**
     * Deletes jobs that ended more than JOB_RETENTION ago, up to one batch. Fails if the database does.
     *
     * @return whether more may be due
     */
    public Future<Boolean> sweepRetention() {
        return retention.sweep();
    }

    private static ApiError refusal(JobStore.Created created) {
        return created.refusal() == null
                ? ApiError.of(ErrorCode.INTERNAL_ERROR, "The job was neither created nor refused.")
                : created.refusal();
    }

    private Shown alreadyCancelled(Shown shown, Caller caller) {
        String owner = shown.job().pubkey() == null ? "" : shown.job().pubkey().hex();
        if (caller.scope() == Scope.USER && !caller.subject().equals(owner)) {
            throw ApiError.of(ErrorCode.NOT_OWNER, "The job belongs to another identity or is anonymous.");
        }
        JobState state = shown.job().refusedAt(clock.instant()).state();
        if (caller.scope() == Scope.WORKER && state == JobState.RUNNING) {
            throw ApiError.of(ErrorCode.NOT_OWNER, "The job is claimed by another worker.");
        }
        if (state != JobState.CANCELLED) {
            throw ApiError.of(ErrorCode.JOB_ALREADY_FINISHED, "The job has already ended.")
                    .with("state", state.code());
        }
        return shown;
    }

    /** The chunks of a job's output after a number, in order: one or more, if there are any. */
    Future<List<OutputStore.Chunk>> outputAfter(UUID id, int number) {
        return outputs.after(id, number);
    }

    /** The JSON of a chunk for clients with the id of the job. */
    static Json.Obj outputJson(OutputStore.Chunk chunk) {
        return Json.object()
                .put("claim", chunk.claim())
                .put("text", chunk.text())
                .build();
    }

    /**
     * Publishes the new state of a job. A job that returns to the queue after its deadline is published as queued, and
     * as expired by its next change. A job that returns to the queue for a later attempt is published again when it is
     * available, if that is soon.
     */
    Shown publish(Found found) {
        Shown shown = shown(found);
        Job job = found.job();
        String change = job.id() + "/" + job.state().code() + "/" + job.claims().count();
        Json.Obj body = Json.object()
                .put("id", job.id().toString())
                .put("state", job.state().code())
                .put("queue", job.queue())
                .put("tier", shown.tier().tier().code())
                .build();
        bus.publish(Topic.JOBS_CHANGED, change, body);
        if (job.state() == JobState.QUEUED) {
            Duration delay = Duration.between(clock.instant(), job.claims().availableAt());
            if (job.claims().attempts() > 0 && delay.toMillis() > 0 && delay.compareTo(MAX_WAKE_DELAY) <= 0) {
                bus.publishLater(delay, Topic.JOBS_CHANGED, change + "/available", body);
            }
        }
        return shown;
    }

    Shown shown(Found found) {
        Instant now = clock.instant();
        EffectiveTier tier = found.standing() == null
                ? EffectiveTier.ANONYMOUS
                : found.standing().effectiveAt(model, now);
        return new Shown(found.job().at(now), tier);
    }

    static ApiError notFound() {
        return ApiError.of(ErrorCode.JOB_NOT_FOUND, "There is no such job.");
    }

    private List<Shown> shown(List<Found> found) {
        return found.stream().map(this::shown).toList();
    }
}
