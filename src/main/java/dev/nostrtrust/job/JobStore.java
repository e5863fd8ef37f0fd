package dev.nostrtrust.job;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.auth.IdentityStore;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.Ledger;
import dev.nostrtrust.trust.ledger.StandingStore;
import dev.nostrtrust.trust.model.Standing;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The table {@code jobs}: creates jobs, reads them by id, owner or state, cancels and expires them. A state change is
 * one statement: a compare-and-set that also inserts the resulting fact. It returns empty if the comparison fails. Any
 * thread.
 */
final class JobStore {
    static final int LISTED_RESULT_BYTES = 16_384;

    /** The columns of a job, of the alias {@code j}. */
    static final String COLUMNS = """
            j.id, j.session_id, j.nostr_pubkey, j.queue, j.state, j.request, j.progress, j.result, octet_length(j.result)::bigint AS result_bytes, \
            j.sats_cost, j.sats_absorbed, j.sats_lost, j.reason, j.output_count, j.output_start, j.output_bytes, j.fence, j.attempts, j.releases, j.worker, \
            j.lease_until, j.last_error, j.available_at, j.deadline, j.deadline_chosen, j.created_at, j.started_at, j.finished_at""";

    /** The columns for an answer with several jobs, which has no large results. */
    static final String LISTED_COLUMNS = COLUMNS.replace(
            "j.result,",
            "CASE WHEN octet_length(j.result) <= " + LISTED_RESULT_BYTES + " THEN j.result END AS result,");

    /** The columns of a job's identity, of the alias {@code i}. */
    private static final String STANDING = StandingStore.COLUMNS + ", i.blocked_at IS NOT NULL AS blocked";

    // OFFSET 0 makes PostgreSQL look up each identity in the index, independent of the tables' statistics.
    /** The join of the identity {@code i} to the job {@code j}. */
    private static final String IDENTITY =
            " LEFT JOIN LATERAL (SELECT * FROM nostr_identities k WHERE k.pubkey = j.nostr_pubkey OFFSET 0) i ON true";

    /** The end of a statement with rows {@code j} of {@link #COLUMNS}: joins the standings of the identities. */
    static final String WITH_STANDING = "SELECT j.*, " + STANDING + " FROM j" + IDENTITY;

    /** The same columns from the table. */
    private static final String FROM =
            ", " + STANDING + " FROM jobs j LEFT JOIN nostr_identities i ON i.pubkey = j.nostr_pubkey ";

    private static final String SELECT = "SELECT " + COLUMNS + FROM;
    private static final String SELECT_LISTED = "SELECT " + LISTED_COLUMNS + FROM;

    /**
     * The condition that the deadline of a job, of the alias {@code j}, has not passed at a time.
     *
     * @param now a parameter of the statement
     */
    static String beforeDeadline(String now) {
        return "(j.deadline IS NULL OR j.deadline > " + now + " OR j.state = 'running' AND NOT j.deadline_chosen)";
    }

    // An advisory lock on the idempotency key serializes requests until their commit. A request without the lock
    // changes nothing. The row lock of the session serializes the creation of a job and the closing of its session.
    private static final String CREATE = IdentityStore.CHANGING_CALLER + """
            , key_lock AS MATERIALIZED (
                SELECT $9::text IS NULL OR pg_try_advisory_xact_lock(hashtextextended($8::text || ' ' || $9::text, 1)) AS held),
            session AS (
                SELECT s.id, s.nostr_pubkey, s.state = 'open' AND s.expires_at > $3 AS open
                FROM sessions s WHERE s.id = $5 AND (SELECT held FROM key_lock) FOR NO KEY UPDATE),
            created AS (
                INSERT INTO jobs AS j (id, session_id, nostr_pubkey, queue, state, request, deadline, deadline_chosen,
                                       created_at, available_at, idempotency_scope, idempotency_key, request_hash)
                SELECT $4, $5::uuid, $1::text, $11, 'queued', $6, $7, $12, $3, $3, $8, $9, $10
                WHERE (SELECT held FROM key_lock)
                  AND ($1::text IS NULL OR EXISTS (SELECT FROM caller WHERE live AND NOT blocked))
                  AND ($5::uuid IS NULL
                       OR EXISTS (SELECT FROM session WHERE open AND nostr_pubkey IS NOT DISTINCT FROM $1::text))
                ON CONFLICT (idempotency_scope, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
                RETURNING\s""" + COLUMNS + """
            ),
            counted AS (
                UPDATE sessions s SET request_count = request_count + 1 FROM created WHERE s.id = created.session_id)
            SELECT key_lock.held, j.*, caller.*, session.id AS asked_session, session.open AS session_open,
                   session.nostr_pubkey AS session_owner
            FROM key_lock LEFT JOIN created j ON true LEFT JOIN caller ON true LEFT JOIN session ON true""";

    private static final String FIND_BY_KEY = SELECT.replace("SELECT j.id", "SELECT j.request_hash, j.id")
            + "WHERE j.idempotency_scope = $1 AND j.idempotency_key = $2";

    private static final String FIND = SELECT + "WHERE j.id = $1";

    private static final String PEEK = "SELECT asked.n, " + LISTED_COLUMNS + ", " + STANDING + """
             FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (id, n)
            CROSS JOIN LATERAL (SELECT * FROM jobs k WHERE k.id = asked.id OFFSET 0) j""" + IDENTITY;

    // Only the index on both columns has this order. With an equality of states, PostgreSQL may read all jobs in the
    // order of the primary key.
    private static final String LIST = SELECT_LISTED + """
            WHERE (j.state, j.id) > ($1, $2) AND j.state <= $1
                  AND ($4 OR i.blocked_at IS NULL AND (j.state <> 'queued' OR j.available_at <= $5::timestamptz + interval '1 second'))
            ORDER BY j.state, j.id LIMIT $3""";

    private static final String LIST_OWN =
            SELECT_LISTED + "WHERE j.nostr_pubkey = $1 AND j.id < $2 ORDER BY j.id DESC LIMIT $3";

    private static final String CHANGED = "SELECT asked.id AS asked, " + LISTED_COLUMNS + ", " + STANDING + """
             FROM unnest($1::uuid[], $2::text[]) AS asked (id, state)
            LEFT JOIN LATERAL (SELECT * FROM jobs k WHERE k.id = asked.id OFFSET 0) j ON true
            """
            + IDENTITY + " WHERE j.state IS DISTINCT FROM asked.state OR (j.state = 'queued' AND j.deadline <= $3)";

    static final String FROM_J = ") " + WITH_STANDING;

    // A cancellation during a lease is late. lease_until is kept as its evidence.
    private static final String CANCEL_OWN = IdentityStore.CHANGING_CALLER + """
            , j AS (
                UPDATE jobs j
                SET state = 'cancelled', finished_at = $3,
                    reason = CASE WHEN j.lease_until > $3 THEN 'cancelled_late' END
                FROM caller
                WHERE j.id = $4 AND j.nostr_pubkey = caller.pubkey
                      AND j.finished_at IS NULL AND\s""" + beforeDeadline("$3") + """
                      AND caller.live AND NOT caller.blocked
                RETURNING\s""" + COLUMNS
            + "), fact AS (" + Ledger.INSERT_FACT + """
                SELECT 'job', id::text, nostr_pubkey, 'failure', reason, 0, 0, $3 FROM j WHERE reason IS NOT NULL)
            SELECT j.*, caller.* FROM (SELECT) one LEFT JOIN j ON true LEFT JOIN caller ON true""";

    private static final String CANCEL = """
            WITH j AS (
                UPDATE jobs j SET state = 'cancelled', finished_at = $2
                WHERE id = $1
                      AND (state = 'queued' OR state = 'running' AND ($3::text IS NULL OR worker = $3))
                      AND\s""" + beforeDeadline("$2") + """
                RETURNING\s""" + COLUMNS + FROM_J;

    private static final String EXPIRE = """
            WITH queued AS MATERIALIZED (
                SELECT id FROM jobs WHERE state = 'queued' AND deadline <= $1
                ORDER BY deadline LIMIT $2 FOR UPDATE SKIP LOCKED),
            running AS MATERIALIZED (
                SELECT id FROM jobs WHERE state = 'running' AND deadline_chosen AND deadline <= $1
                ORDER BY deadline LIMIT $2 FOR UPDATE SKIP LOCKED),
            j AS (
                UPDATE jobs j SET state = 'expired', finished_at = deadline
                WHERE id IN (SELECT id FROM queued UNION ALL SELECT id FROM running)
                RETURNING\s""" + COLUMNS + FROM_J;

    private static final UUID LOWEST = new UUID(0, 0);
    private static final UUID HIGHEST = new UUID(-1, -1);

    private final Database database;

    /** A job, the standing of its identity (null for an anonymous job), and whether the identity is blocked. */
    record Found(Job job, @Nullable Standing standing, boolean blocked) {}

    /** The input of a creation. */
    record Order(
            UUID id,
            @Nullable UUID sessionId,
            String queue,
            String request,
            Instant deadline,
            boolean deadlineChosen,
            Instant createdAt) {}

    /**
     * The result of a creation.
     *
     * @param refusal the reason if no job was created; null if the idempotency key was used before
     */
    record Created(Optional<Found> job, @Nullable ApiError refusal) {}

    /**
     * The jobs whose state has changed.
     *
     * @param missing the ids without a job
     */
    record Changed(List<Found> jobs, List<UUID> missing) {}

    JobStore(Database database) {
        this.database = database;
    }

    /** Creates a job if the caller may act and its session, if any, is open and belongs to the caller. */
    Future<Created> create(Order order, Caller caller, @Nullable IdempotencyKey idempotency) {
        Tuple parameters = IdentityStore.parameters(caller, order.createdAt())
                .addUUID(order.id())
                .addUUID(order.sessionId())
                .addString(order.request())
                .addOffsetDateTime(SqlTime.of(order.deadline()))
                .addString(idempotency == null ? null : idempotency.scope())
                .addString(idempotency == null ? null : idempotency.key())
                .addString(
                        idempotency == null ? null : idempotency.requestHash().hex())
                .addString(order.queue())
                .addBoolean(order.deadlineChosen());
        return database.execute(CREATE, parameters).map(rows -> {
            Row row = rows.iterator().next();
            if (!caller.isAnonymous()) {
                IdentityStore.check(row.getString("pubkey") == null ? null : row);
            }
            return row.getUUID("id") == null
                    ? new Created(Optional.empty(), refusal(row, order, caller))
                    : new Created(Optional.of(found(row)), null);
        });
    }

    /** The job of an idempotency key. Fails if the key belongs to another request. */
    Future<Optional<Found>> findByKey(IdempotencyKey idempotency) {
        return database.execute(FIND_BY_KEY, Tuple.of(idempotency.scope(), idempotency.key()))
                .map(rows -> {
                    for (Row row : rows) {
                        idempotency.check(row.getString("request_hash"));
                    }
                    return single(rows);
                });
    }

    /** The jobs with these ids, in order, without large results. */
    Future<List<Optional<Found>>> peek(List<UUID> ids) {
        return database.execute(PEEK, Tuple.of((Object) ids.toArray(UUID[]::new)))
                .map(rows -> {
                    List<Optional<Found>> found = new ArrayList<>(Collections.nCopies(ids.size(), Optional.empty()));
                    rows.forEach(row -> found.set((int) (row.getLong("n") - 1), Optional.of(found(row))));
                    return found;
                });
    }

    Future<Optional<Found>> find(UUID id) {
        return database.execute(FIND, Tuple.of(id)).map(JobStore::single);
    }

    /**
     * The jobs whose state differs from the given state.
     *
     * @param known the code of the state by id; empty for a job without a state
     */
    Future<Changed> changed(Map<UUID, String> known, Instant now) {
        UUID[] ids = known.keySet().toArray(UUID[]::new);
        String[] states = known.values().toArray(String[]::new);
        return database.execute(CHANGED, Tuple.of(ids, (Object) states, SqlTime.of(now)))
                .map(rows -> {
                    Changed changed = new Changed(new ArrayList<>(), new ArrayList<>());
                    for (Row row : rows) {
                        if (row.getUUID("id") == null) {
                            changed.missing().add(row.getUUID("asked"));
                        } else {
                            changed.jobs().add(found(row));
                        }
                    }
                    return changed;
                });
    }

    /**
     * Jobs of one state after an id, oldest first.
     *
     * @param all whether the list contains queued jobs that no worker can claim now
     */
    Future<List<Found>> list(JobState state, @Nullable UUID after, int limit, boolean all, Instant now) {
        UUID first = after == null ? LOWEST : after;
        return database.executeWithCustomPlan(
                        LIST, Tuple.of(state.code(), first, limit, all || state.isFinal(), SqlTime.of(now)))
                .map(JobStore::all);
    }

    /** Jobs of one identity before an id, newest first. */
    Future<List<Found>> listOwn(PublicKey pubkey, @Nullable UUID before, int limit) {
        return database.execute(LIST_OWN, Tuple.of(pubkey.hex(), before == null ? HIGHEST : before, limit))
                .map(JobStore::all);
    }

    /** Cancels a job for its owner. Fails if the caller may not act. */
    Future<Optional<Found>> cancelOwn(UUID id, Caller owner, Instant now) {
        return database.execute(CANCEL_OWN, IdentityStore.parameters(owner, now).addUUID(id))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    IdentityStore.check(row.getString("pubkey") == null ? null : row);
                    return row.getUUID("id") == null ? Optional.empty() : Optional.of(found(row));
                });
    }

    /**
     * Cancels a job without a fact about the identity.
     *
     * @param worker the required worker of a running job; null for an operator
     */
    Future<Optional<Found>> cancel(UUID id, @Nullable String worker, Instant now) {
        return updateState(CANCEL, Tuple.of(id, SqlTime.of(now), worker));
    }

    /** Expires jobs whose deadline has passed: up to a number of queued and of running ones each. */
    Future<List<Found>> expire(Instant now, int limit) {
        return database.executeWithCustomPlan(EXPIRE, Tuple.of(SqlTime.of(now), limit))
                .map(JobStore::all);
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
            return ApiError.of(ErrorCode.TOKEN_REQUIRED, "The session belongs to an identity. Send its token.");
        }
        if (!Objects.equals(owner, caller.pubkeyHex())) {
            return ApiError.of(ErrorCode.NOT_OWNER, "The session belongs to another identity or is anonymous.");
        }
        return row.getBoolean("session_open")
                ? null
                : ApiError.of(ErrorCode.SESSION_NOT_OPEN, "The session is closed or has expired. Open a new session.");
    }

    private Future<Optional<Found>> updateState(String sql, Tuple parameters) {
        return database.execute(sql, parameters).map(JobStore::single);
    }

    static Optional<Found> single(RowSet<Row> rows) {
        return rows.size() == 0
                ? Optional.empty()
                : Optional.of(found(rows.iterator().next()));
    }

    static List<Found> all(RowSet<Row> rows) {
        List<Found> all = new ArrayList<>(rows.size());
        rows.forEach(row -> all.add(found(row)));
        return all;
    }

    static Found found(Row row) {
        String pubkey = row.getString("nostr_pubkey");
        Job job = new Job(
                row.getUUID("id"),
                row.getUUID("session_id"),
                pubkey == null ? null : new PublicKey(pubkey),
                row.getString("queue"),
                JobState.of(row.getString("state")),
                row.getString("request"),
                new Job.Outcome(
                        row.getString("result"),
                        row.getLong("result_bytes"),
                        row.getLong("sats_cost"),
                        row.getLong("sats_absorbed"),
                        row.getLong("sats_lost"),
                        row.getString("reason")),
                row.getString("progress"),
                new Job.Output(
                        row.getInteger("output_count"), row.getInteger("output_start"), row.getInteger("output_bytes")),
                new Job.Claims(
                        row.getLong("fence"),
                        row.getInteger("attempts"),
                        row.getInteger("releases"),
                        row.getString("worker"),
                        SqlTime.readNullable(row, "lease_until"),
                        row.getString("last_error"),
                        SqlTime.read(row, "available_at")),
                SqlTime.readNullable(row, "deadline"),
                row.getBoolean("deadline_chosen"),
                SqlTime.read(row, "created_at"),
                SqlTime.readNullable(row, "started_at"),
                SqlTime.readNullable(row, "finished_at"));
        return pubkey == null
                ? new Found(job, null, false)
                : new Found(job, StandingStore.of(row), row.getBoolean("blocked"));
    }
}
