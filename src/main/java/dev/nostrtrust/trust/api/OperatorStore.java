package dev.nostrtrust.trust.api;

import dev.nostrtrust.auth.IdempotencyKey;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.StandingStore;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The SQL of operators. Each statement writes its own row of the audit log. */
final class OperatorStore {
    private static final String LOCK = """
            WITH i AS (
                UPDATE nostr_identities i SET tier_locked = $2 WHERE pubkey = $1 RETURNING\s""" + StandingStore.COLUMNS + """
            ), audited AS (
                INSERT INTO audit_log (actor, action, subject, detail) SELECT $3, 'lock', pubkey, $2 FROM i)
            SELECT * FROM i""";

    // Blocking withdraws an erasure: a thief of the key may have requested
    // it, and a blocked identity cannot withdraw it.
    private static final String BLOCK = """
            WITH before AS (SELECT erase_after IS NOT NULL AS leaving FROM nostr_identities WHERE pubkey = $1),
            i AS (
                UPDATE nostr_identities i
                SET blocked_at = CASE WHEN $2 THEN coalesce(blocked_at, $4) END,
                    erase_after = CASE WHEN NOT $2 THEN erase_after END
                WHERE pubkey = $1 RETURNING\s""" + StandingStore.COLUMNS + """
            ), audited AS (
                INSERT INTO audit_log (actor, action, subject)
                SELECT $3, CASE WHEN $2 THEN 'block' ELSE 'unblock' END, pubkey FROM i
                UNION ALL
                SELECT $3, 'erasure_withdrawn', pubkey FROM i JOIN before ON leaving WHERE $2)
            SELECT * FROM i""";

    // An advisory lock on the idempotency key serializes requests. A request without the lock changes nothing.
    private static final String ADJUST = """
            WITH key_lock AS MATERIALIZED (
                SELECT pg_try_advisory_xact_lock(hashtextextended($2, 3)) AS held),
            i AS (SELECT\s""" + StandingStore.COLUMNS + """
             FROM nostr_identities i WHERE pubkey = $1),
            fact AS (
                INSERT INTO trust_ledger (source, source_id, pubkey, kind, sats, occurred_at)
                SELECT 'operator', $2, pubkey, 'adjustment', $3, $4 FROM i WHERE (SELECT held FROM key_lock)
                ON CONFLICT DO NOTHING RETURNING pubkey),
            audited AS (
                INSERT INTO audit_log (actor, action, subject, detail) SELECT $5, 'adjust', pubkey, $6 FROM fact)
            SELECT i.*, EXISTS (SELECT FROM fact) AS made FROM i""";

    private static final String FIRST_ADJUSTMENT = """
            SELECT pubkey = $1 AND sats = $3 AS same FROM trust_ledger
            WHERE source = 'operator' AND source_id = $2""";

    private static final String REVERSE = """
            WITH original AS (
                SELECT id, pubkey FROM trust_ledger WHERE source = 'job' AND source_id = $1),
            fact AS (
                INSERT INTO trust_ledger (source, source_id, pubkey, kind, reverses, occurred_at)
                SELECT 'reversal', $1, pubkey, 'reversal', id, $2 FROM original
                ON CONFLICT DO NOTHING RETURNING pubkey),
            audited AS (
                INSERT INTO audit_log (actor, action, subject, detail) SELECT $3, 'reverse', pubkey, $1 FROM fact)
            SELECT\s""" + StandingStore.COLUMNS + """
            , EXISTS (SELECT FROM fact) AS reversed
            FROM original JOIN nostr_identities i ON i.pubkey = original.pubkey""";

    private final Database database;

    OperatorStore(Database database) {
        this.database = database;
    }

    /** Locks the tier of an identity; null unlocks it. */
    Future<Standing> lock(PublicKey pubkey, @Nullable Tier tier, String actor) {
        return database.execute(LOCK, Tuple.of(pubkey.hex(), tier == null ? null : tier.code(), actor))
                .map(OperatorStore::single);
    }

    /** Blocks or unblocks an identity. */
    Future<Standing> block(PublicKey pubkey, boolean blocked, String actor, Instant now) {
        return database.execute(BLOCK, Tuple.of(pubkey.hex(), blocked, actor, SqlTime.of(now)))
                .map(OperatorStore::single);
    }

    /**
     * Records an adjustment of a balance. A repeated id changes nothing.
     *
     * @return fails with {@code idempotency_key_reused} if another adjustment used the id, and with
     *     {@code idempotency_in_flight} if the first adjustment with the id is not committed yet
     */
    Future<Standing> adjust(PublicKey pubkey, String id, long sats, String actor, @Nullable String note, Instant now) {
        return database.execute(ADJUST, Tuple.of(pubkey.hex(), id, sats, SqlTime.of(now), actor, note))
                .compose(rows -> {
                    Standing standing = single(rows);
                    Row row = rows.iterator().next();
                    return row.getBoolean("made")
                            ? Future.succeededFuture(standing)
                            : checkRepeated(pubkey, id, sats).map(standing);
                });
    }

    /** Checks that the first adjustment was the same. A new statement, because the first one has an older snapshot. */
    private Future<Void> checkRepeated(PublicKey pubkey, String id, long sats) {
        return database.execute(FIRST_ADJUSTMENT, Tuple.of(pubkey.hex(), id, sats))
                .map(rows -> {
                    if (rows.size() == 0) {
                        throw IdempotencyKey.inFlight();
                    }
                    if (!rows.iterator().next().getBoolean("same")) {
                        throw ApiError.of(
                                ErrorCode.IDEMPOTENCY_KEY_REUSED,
                                "This Idempotency-Key belongs to another adjustment. Use a new key.");
                    }
                    return null;
                });
    }

    /** Reverses the fact of a job. */
    Future<Standing> reverse(UUID job, String actor, Instant now) {
        return database.execute(REVERSE, Tuple.of(job.toString(), SqlTime.of(now), actor))
                .map(rows -> {
                    if (rows.size() == 0) {
                        throw ApiError.of(ErrorCode.NOTHING_TO_REVERSE, "This job has no fact to reverse.");
                    }
                    Row row = rows.iterator().next();
                    if (!row.getBoolean("reversed")) {
                        throw ApiError.of(ErrorCode.ALREADY_REVERSED, "The fact of this job is already reversed.");
                    }
                    return StandingStore.of(row);
                });
    }

    private static Standing single(RowSet<Row> rows) {
        if (rows.size() == 0) {
            throw ApiError.of(ErrorCode.IDENTITY_NOT_FOUND, "No identity with this public key is known.");
        }
        return StandingStore.of(rows.iterator().next());
    }
}
