package dev.nostrtrust.job;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.auth.IdentityStore;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.job.JobRows.Found;
import dev.nostrtrust.nostr.PublicKey;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The table jobs as those use it who ask for work and look after it. */
final class JobStore {
    // One request at a time has an idempotency key, in all nodes together: it holds the key's lock until its commit,
    // and
    // who does not get the lock touches nothing. The session's row is locked first of all rows, so that a session that
    // closes and a request within it have an order.
    private static final String CREATE = IdentityStore.MAKER + """
            , turn AS MATERIALIZED (
                SELECT $9::text IS NULL OR pg_try_advisory_xact_lock(hashtextextended($8::text || ' ' || $9::text, 1)) AS held),
            session AS (
                SELECT s.id, s.nostr_pubkey, s.state = 'open' AND s.expires_at > $3 AS open
                FROM sessions s WHERE s.id = $5 AND (SELECT held FROM turn) FOR NO KEY UPDATE),
            created AS (
                INSERT INTO jobs AS j (id, session_id, nostr_pubkey, state, request, deadline, created_at,
                                       idempotency_scope, idempotency_key, request_hash)
                SELECT $4, $5::uuid, $1::text, 'queued', $6, $7, $3, $8, $9, $10
                WHERE (SELECT held FROM turn)
                  AND ($1::text IS NULL OR EXISTS (SELECT FROM caller WHERE live AND NOT blocked))
                  AND ($5::uuid IS NULL
                       OR EXISTS (SELECT FROM session WHERE open AND nostr_pubkey IS NOT DISTINCT FROM $1::text))
                ON CONFLICT (idempotency_scope, idempotency_key) DO NOTHING
                RETURNING\s""" + JobRows.COLUMNS + """
            ),
            counted AS (
                UPDATE sessions s SET request_count = request_count + 1 FROM created WHERE s.id = created.session_id)
            SELECT turn.held, j.*, caller.*, session.id AS asked_session, session.open AS session_open,
                   session.nostr_pubkey AS session_owner
            FROM turn LEFT JOIN created j ON true LEFT JOIN caller ON true LEFT JOIN session ON true""";

    private static final String FIRST = JobRows.SELECT.replace("SELECT j.id", "SELECT j.request_hash, j.id")
            + "WHERE j.idempotency_scope = $1 AND j.idempotency_key = $2";

    private static final String FIND = JobRows.SELECT + "WHERE j.id = $1";

    private static final String LIST =
            JobRows.SELECT + "WHERE j.state = $1 AND j.id > $2 AND ($4 OR i.blocked_at IS NULL) ORDER BY j.id LIMIT $3";

    private static final String OWN =
            JobRows.SELECT + "WHERE j.nostr_pubkey = $1 AND j.id < $2 ORDER BY j.id DESC LIMIT $3";

    // OFFSET 0 has each id looked up in the index, whatever the table's statistics say.
    private static final String CHANGED =
            "SELECT asked.id AS asked, " + JobRows.COLUMNS + ", " + JobRows.STANDING + """
             FROM unnest($1::uuid[], $2::text[]) AS asked (id, state)
            LEFT JOIN LATERAL (SELECT * FROM jobs k WHERE k.id = asked.id OFFSET 0) j ON true
            LEFT JOIN LATERAL (SELECT * FROM nostr_identities n WHERE n.pubkey = j.nostr_pubkey OFFSET 0) i ON true
            WHERE j.state IS DISTINCT FROM asked.state OR (j.state = 'queued' AND j.deadline <= $3)""";

    private static final UUID LOWEST = new UUID(0, 0);
    private static final UUID HIGHEST = new UUID(-1, -1);

    private final Database database;

    /** What is asked for. */
    record Order(UUID id, @Nullable UUID sessionId, String request, Instant deadline) {}

    /**
     * What became of an order.
     *
     * @param refusal why nothing was made, unless the idempotency key had been used before
     */
    record Created(Optional<Found> job, @Nullable ApiError refusal) {}

    /**
     * What differs from what a client knows.
     *
     * @param missing the ids of no job
     */
    record Changed(List<Found> jobs, List<UUID> missing) {}

    JobStore(Database database) {
        this.database = database;
    }

    /** Makes a job, if the caller may act and the session, where there is one, is open and the caller's. */
    Future<Created> create(Order order, Caller caller, Instant now, @Nullable IdempotencyKey idempotency) {
        Tuple parameters = IdentityStore.parameters(caller, now)
                .addUUID(order.id())
                .addUUID(order.sessionId())
                .addString(order.request())
                .addOffsetDateTime(JobRows.utc(order.deadline()))
                .addString(idempotency == null ? null : idempotency.scope())
                .addString(idempotency == null ? null : idempotency.key())
                .addString(
                        idempotency == null ? null : idempotency.requestHash().hex());
        return database.execute(CREATE, parameters).map(rows -> {
            Row row = rows.iterator().next();
            if (!caller.isAnonymous()) {
                IdentityStore.check(row.getString("pubkey") == null ? null : row);
            }
            return row.getUUID("id") == null
                    ? new Created(Optional.empty(), refusal(row, order, caller))
                    : new Created(Optional.of(JobRows.found(row)), null);
        });
    }

    /** The job that an idempotency key made, if it was for the same request. */
    Future<Optional<Found>> first(IdempotencyKey idempotency) {
        return database.execute(FIRST, Tuple.of(idempotency.scope(), idempotency.key()))
                .map(rows -> {
                    for (Row row : rows) {
                        idempotency.check(row.getString("request_hash"));
                    }
                    return JobRows.single(rows);
                });
    }

    Future<Optional<Found>> find(UUID id) {
        return database.execute(FIND, Tuple.of(id)).map(JobRows::single);
    }

    /**
     * Those of some jobs that are not in the state that a client knows.
     *
     * @param known by id the state's code; empty where the client knows none
     */
    Future<Changed> changed(Map<UUID, String> known, Instant now) {
        UUID[] ids = known.keySet().toArray(UUID[]::new);
        String[] states = known.values().toArray(String[]::new);
        return database.execute(CHANGED, Tuple.of(ids, (Object) states, JobRows.utc(now)))
                .map(rows -> {
                    Changed changed = new Changed(new ArrayList<>(), new ArrayList<>());
                    for (Row row : rows) {
                        if (row.getUUID("id") == null) {
                            changed.missing().add(row.getUUID("asked"));
                        } else {
                            changed.jobs().add(JobRows.found(row));
                        }
                    }
                    return changed;
                });
    }

    /** Jobs of one state after an id, the oldest first; with those of blocked identities, or without. */
    Future<List<Found>> list(JobState state, @Nullable UUID after, int limit, boolean withBlocked) {
        return database.execute(LIST, Tuple.of(state.code(), after == null ? LOWEST : after, limit, withBlocked))
                .map(JobRows::all);
    }

    /** Jobs of one identity before an id, the newest first. */
    Future<List<Found>> own(PublicKey pubkey, @Nullable UUID before, int limit) {
        return database.execute(OWN, Tuple.of(pubkey.hex(), before == null ? HIGHEST : before, limit))
                .map(JobRows::all);
    }

    private static @Nullable ApiError refusal(Row row, Order order, Caller caller) {
        if (!row.getBoolean("held")) {
            return IdempotencyKey.inFlight();
        }
        if (order.sessionId() == null) {
            return null;
        }
        if (row.getUUID("asked_session") == null) {
            return ApiError.of(ErrorCode.SESSION_NOT_FOUND, "There is no such session.");
        }
        String owner = row.getString("session_owner");
        if (owner != null && caller.isAnonymous()) {
            return ApiError.of(ErrorCode.TOKEN_REQUIRED, "The session belongs to an identity: send its token.");
        }
        if (!Objects.equals(owner, caller.pubkeyHex())) {
            return ApiError.of(ErrorCode.NOT_OWNER, "The session belongs to another identity, or to nobody.");
        }
        return row.getBoolean("session_open")
                ? null
                : ApiError.of(ErrorCode.SESSION_NOT_OPEN, "The session is closed or has expired.");
    }
}
