package dev.nostrtrust.job;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.job.JobRows.Found;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Jobs as they are shown: as of now, and with the tier that their identity has now. Any thread. */
public final class JobViews {
    private final JobStore jobs;
    private final TrustModel model;
    private final InstantSource clock;

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

    public JobViews(Database database, TrustModel model, InstantSource clock) {
        this.jobs = new JobStore(database);
        this.model = model;
        this.clock = clock;
    }

    /** The job with this id; fails with {@code job_not_found}. */
    Future<Shown> show(UUID id) {
        return jobs.find(id).map(found -> shown(found.orElseThrow(JobViews::notFound)));
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

    Shown shown(Found found) {
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
