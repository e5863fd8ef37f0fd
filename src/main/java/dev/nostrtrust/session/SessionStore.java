package dev.nostrtrust.session;

import dev.nostrtrust.auth.Caller;
import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.auth.IdentityStore;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.RetentionPass;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.StandingStore;
import dev.nostrtrust.trust.model.Standing;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The table {@code sessions}: creates, reads, closes and expires sessions. Any thread. */
final class SessionStore {
    private static final String COLUMNS = """
            s.id, s.nostr_pubkey, s.state, s.created_at, s.expires_at, s.ended_at, s.request_count""";

    private static final String WITH_STANDING = "SELECT s.*, " + StandingStore.COLUMNS;

    // An advisory lock on the idempotency key serializes requests in the whole cluster until their commit.
    private static final String CREATE = IdentityStore.CHANGING_CALLER + """
            , key_lock AS MATERIALIZED (
                SELECT $7::text IS NULL OR pg_try_advisory_xact_lock(hashtextextended($6::text || ' ' || $7::text, 2)) AS held),
            created AS (
                INSERT INTO sessions AS s (id, nostr_pubkey, state, created_at, expires_at, idempotency_scope,
                                           idempotency_key, request_hash)
                SELECT $4, $1::text, 'open', $3, $5, $6, $7, $8
                WHERE (SELECT held FROM key_lock)
                  AND ($1::text IS NULL OR EXISTS (SELECT FROM caller WHERE live AND NOT blocked))
                ON CONFLICT (idempotency_scope, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
                RETURNING\s""" + COLUMNS + """
            )
            SELECT s.*, caller.* FROM (SELECT) one LEFT JOIN created s ON true LEFT JOIN caller ON true""";

    private static final String FIND = "SELECT " + COLUMNS + ", " + StandingStore.COLUMNS
            + " FROM sessions s LEFT JOIN nostr_identities i ON i.pubkey = s.nostr_pubkey WHERE s.id = $1";

    private static final String FIND_BY_KEY = "SELECT " + COLUMNS + ", s.request_hash, " + StandingStore.COLUMNS
            + " FROM sessions s LEFT JOIN nostr_identities i ON i.pubkey = s.nostr_pubkey"
            + " WHERE s.idempotency_scope = $1 AND s.idempotency_key = $2";

    private static final String LIST_OWN = "SELECT " + COLUMNS + ", " + StandingStore.COLUMNS
            + " FROM sessions s LEFT JOIN nostr_identities i ON i.pubkey = s.nostr_pubkey"
            + " WHERE s.nostr_pubkey = $1 AND s.id < $2 ORDER BY s.id DESC LIMIT $3";

    private static final UUID HIGHEST = new UUID(-1, -1);

    private static final String CLOSE =
            """
            WITH s AS (
                UPDATE sessions s SET state = 'closed', ended_at = $2
                WHERE s.id = $1 AND s.state = 'open' AND s.expires_at > $2 RETURNING\s""" + COLUMNS + ") " + WITH_STANDING + " FROM s LEFT JOIN nostr_identities i ON i.pubkey = s.nostr_pubkey";

    private static final String EXPIRE =
            """
            WITH due AS MATERIALIZED (
                SELECT id FROM sessions WHERE state = 'open' AND expires_at <= $1
                ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED),
            s AS (
                UPDATE sessions s SET state = 'expired', ended_at = s.expires_at WHERE s.id IN (SELECT id FROM due)
                RETURNING\s""" + COLUMNS + ") " + WITH_STANDING + " FROM s LEFT JOIN nostr_identities i ON i.pubkey = s.nostr_pubkey";

    // OFFSET 0 makes PostgreSQL look up each id in the index, independent of the table's statistics.
    private static final String DELETE_OLD = """
            WITH seen AS MATERIALIZED (
                SELECT id, ended_at FROM sessions WHERE id > $1 AND id < $2 ORDER BY id LIMIT $4),
            due AS MATERIALIZED (
                SELECT s.id FROM seen CROSS JOIN LATERAL (
                    SELECT id FROM sessions k WHERE k.id = seen.id OFFSET 0 FOR UPDATE SKIP LOCKED) s
                WHERE seen.ended_at < $3 AND NOT EXISTS (SELECT FROM jobs j WHERE j.session_id = seen.id)),
            deleted AS (DELETE FROM sessions WHERE id IN (SELECT id FROM due))
            SELECT (SELECT count(*) FROM seen) AS seen, (SELECT id FROM seen ORDER BY id DESC LIMIT 1) AS last,
                   false AS remaining""";

    private final Database database;

    /** A session and the standing of its identity; null for an anonymous session. */
    record Found(Session session, @Nullable Standing standing) {}

    SessionStore(Database database) {
        this.database = database;
    }

    /**
     * Creates a session. Empty if the idempotency key was used before or is in use now. Fails if the caller may not
     * act.
     */
    Future<Optional<Found>> create(
            UUID id, Caller caller, Instant now, Instant expiresAt, @Nullable IdempotencyKey idempotency) {
        Tuple parameters = IdentityStore.parameters(caller, now)
                .addUUID(id)
                .addOffsetDateTime(SqlTime.of(expiresAt))
                .addString(idempotency == null ? null : idempotency.scope())
                .addString(idempotency == null ? null : idempotency.key())
                .addString(
                        idempotency == null ? null : idempotency.requestHash().hex());
        return database.execute(CREATE, parameters).map(rows -> {
            Row row = rows.iterator().next();
            if (!caller.isAnonymous()) {
                IdentityStore.check(row.getString("pubkey") == null ? null : row);
            }
            return row.getUUID("id") == null ? Optional.empty() : Optional.of(found(row));
        });
    }

    /** The session of an idempotency key. Fails if the key belongs to another request. */
    Future<Optional<Found>> findByKey(IdempotencyKey idempotency) {
        return database.execute(FIND_BY_KEY, Tuple.of(idempotency.scope(), idempotency.key()))
                .map(rows -> {
                    for (Row row : rows) {
                        idempotency.check(row.getString("request_hash"));
                    }
                    return single(rows);
                });
    }

    Future<Optional<Found>> find(UUID id) {
        return database.execute(FIND, Tuple.of(id)).map(SessionStore::single);
    }

    /** Sessions of one identity before an id, newest first. */
    Future<List<Found>> listOwn(PublicKey pubkey, @Nullable UUID before, int limit) {
        return database.execute(LIST_OWN, Tuple.of(pubkey.hex(), before == null ? HIGHEST : before, limit))
                .map(SessionStore::all);
    }

    /** Closes a session; empty if it is not open. */
    Future<Optional<Found>> close(UUID id, Instant now) {
        return database.execute(CLOSE, Tuple.of(id, SqlTime.of(now))).map(SessionStore::single);
    }

    /** Marks sessions as expired whose {@code expiresAt} has passed. */
    Future<List<Found>> expire(Instant now, int limit) {
        return database.execute(EXPIRE, Tuple.of(SqlTime.of(now), limit)).map(SessionStore::all);
    }

    /** Deletes sessions that ended before the retention and have no jobs any more. One sweep at a time. */
    RetentionPass retention(Duration retention, int batch) {
        return new RetentionPass(database, DELETE_OLD, retention, batch);
    }

    private static List<Found> all(RowSet<Row> rows) {
        List<Found> all = new ArrayList<>(rows.size());
        rows.forEach(row -> all.add(found(row)));
        return all;
    }

    private static Optional<Found> single(RowSet<Row> rows) {
        return rows.size() == 0
                ? Optional.empty()
                : Optional.of(found(rows.iterator().next()));
    }

    private static Found found(Row row) {
        String pubkey = row.getString("nostr_pubkey");
        Session session = new Session(
                row.getUUID("id"),
                pubkey == null ? null : new PublicKey(pubkey),
                Session.State.of(row.getString("state")),
                SqlTime.read(row, "created_at"),
                SqlTime.read(row, "expires_at"),
                SqlTime.readNullable(row, "ended_at"),
                row.getLong("request_count"));
        return new Found(session, pubkey == null ? null : StandingStore.of(row));
    }
}
