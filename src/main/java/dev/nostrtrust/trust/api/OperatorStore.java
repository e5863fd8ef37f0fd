package dev.nostrtrust.trust.api;

import dev.nostrtrust.auth.Actor;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.scoring.Scorer;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The actions of operators. One transaction writes the fact of an action, its row of the audit log and its entry in the
 * ledger, and applies it to the identity.
 */
public final class OperatorStore {
    private static final String INSERT_FACT = """
            INSERT INTO trust_ledger (source, source_id, pubkey, kind, sats, reverses, locked_tier, occurred_at)
            SELECT $1, $2, pubkey, $4, $5, $6, $7, $8 FROM nostr_identities WHERE pubkey = $3
            ON CONFLICT DO NOTHING""";

    private static final String AUDIT =
            "INSERT INTO audit_log (actor, action, subject, detail, reason) VALUES ($1, $2, $3, $4, $5)";

    // Blocking withdraws an erasure: a thief of the key may have requested
    // it, and a blocked identity cannot withdraw it.
    private static final String WITHDRAW_ERASURE = """
            WITH withdrawn AS (
                UPDATE nostr_identities SET erase_after = NULL WHERE pubkey = $1 AND erase_after IS NOT NULL RETURNING pubkey)
            INSERT INTO audit_log (actor, action, subject, reason) SELECT $2, 'erasure_withdrawn', pubkey, $3 FROM withdrawn""";

    private static final String ADJUSTED = """
            SELECT pubkey = $2 AND sats = $3 AS same FROM trust_ledger WHERE source = 'operator' AND source_id = $1""";

    private static final String FACT_OF_JOB =
            "SELECT id, pubkey FROM trust_ledger WHERE source = 'job' AND source_id = $1";

    private final Database database;
    private final Scorer scorer;

    public OperatorStore(Database database, Scorer scorer) {
        this.database = database;
        this.scorer = scorer;
    }

    /** Locks the tier of an identity; null unlocks it. */
    public Future<Standing> lock(PublicKey pubkey, @Nullable Tier tier, Actor actor, Instant now) {
        Fact fact = Fact.lock(UuidV7.next(now).toString(), pubkey, tier, now);
        return scorer.act(pubkey, transaction -> insertNew(transaction, fact)
                .compose(inserted -> audit(transaction, actor, "lock", pubkey, tier == null ? null : tier.code())));
    }

    /** Blocks or unblocks an identity. */
    public Future<Standing> block(PublicKey pubkey, boolean blocked, Actor actor, Instant now) {
        Fact fact = Fact.block(UuidV7.next(now).toString(), pubkey, blocked, now);
        return scorer.act(pubkey, transaction -> insertNew(transaction, fact)
                .compose(inserted -> audit(transaction, actor, fact.kind().code(), pubkey, null))
                .compose(audited -> blocked
                        ? transaction
                                .preparedQuery(WITHDRAW_ERASURE)
                                .execute(Tuple.of(pubkey.hex(), actor.name(), actor.reason()))
                                .mapEmpty()
                        : Future.succeededFuture()));
    }

    /**
     * Adjusts a balance. A repeated id changes nothing.
     *
     * @return fails with {@code idempotency_key_reused} if another adjustment used the id
     */
    public Future<Standing> adjust(
            PublicKey pubkey, String id, long sats, Actor actor, @Nullable String note, Instant now) {
        Fact fact = Fact.adjustment(id, pubkey, sats, now);
        return scorer.act(pubkey, transaction -> insert(transaction, fact)
                .compose(inserted -> inserted
                        ? audit(transaction, actor, "adjust", pubkey, note)
                        : checkRepeated(transaction, fact)));
    }

    /** Reverses the fact of a job. */
    public Future<Standing> reverse(UUID job, Actor actor, Instant now) {
        return database.execute(FACT_OF_JOB, Tuple.of(job.toString())).compose(rows -> {
            if (rows.size() == 0) {
                throw ApiError.of(ErrorCode.NOTHING_TO_REVERSE, "This job has no fact to reverse.");
            }
            Row original = rows.iterator().next();
            PublicKey pubkey = new PublicKey(original.getString("pubkey"));
            Fact fact = Fact.reversal(job.toString(), pubkey, original.getLong("id"), now);
            return scorer.act(pubkey, transaction -> insert(transaction, fact).compose(inserted -> {
                if (!inserted) {
                    throw ApiError.of(ErrorCode.ALREADY_REVERSED, "The fact of this job is already reversed.");
                }
                return audit(transaction, actor, "reverse", pubkey, job.toString());
            }));
        });
    }

    private static Future<Void> insertNew(SqlConnection transaction, Fact fact) {
        return insert(transaction, fact).map(inserted -> {
            if (!inserted) {
                throw notFound();
            }
            return null;
        });
    }

    /** Inserts a fact; returns false for a repeated id or an unknown identity. */
    private static Future<Boolean> insert(SqlConnection transaction, Fact fact) {
        Tuple parameters = Tuple.tuple()
                .addString(fact.source())
                .addString(fact.sourceId())
                .addString(fact.pubkey().hex())
                .addString(fact.kind().code())
                .addLong(fact.sats())
                .addLong(fact.reverses())
                .addString(fact.lockedTier() == null ? null : fact.lockedTier().code())
                .addOffsetDateTime(SqlTime.of(fact.occurredAt()));
        return transaction.preparedQuery(INSERT_FACT).execute(parameters).map(rows -> rows.rowCount() > 0);
    }

    private static Future<Void> audit(
            SqlConnection transaction, Actor actor, String action, PublicKey pubkey, @Nullable String detail) {
        return transaction
                .preparedQuery(AUDIT)
                .execute(Tuple.of(actor.name(), action, pubkey.hex(), detail, actor.reason()))
                .mapEmpty();
    }

    private static Future<Void> checkRepeated(SqlConnection transaction, Fact fact) {
        return transaction
                .preparedQuery(ADJUSTED)
                .execute(Tuple.of(fact.sourceId(), fact.pubkey().hex(), fact.sats()))
                .map(rows -> {
                    if (rows.size() == 0) {
                        throw notFound();
                    }
                    if (!rows.iterator().next().getBoolean("same")) {
                        throw ApiError.of(
                                ErrorCode.IDEMPOTENCY_KEY_REUSED,
                                "This Idempotency-Key belongs to another adjustment. Use a new key.");
                    }
                    return null;
                });
    }

    private static ApiError notFound() {
        return ApiError.of(ErrorCode.IDENTITY_NOT_FOUND, "No identity with this public key is known.");
    }
}
