package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.EffectiveTier;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.FactKind;
import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustState;
import dev.nostrtrust.trust.replay.LedgerReader;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The table {@code trust_ledger}: appends facts and reads scored entries. Any thread. */
public final class Ledger {
    /**
     * The start of a statement that inserts a fact. A statement that changes a state inserts its fact with it. The
     * columns are source, source_id, pubkey, kind, reason, sats, sats_absorbed, occurred_at.
     */
    public static final String INSERT_FACT =
            "INSERT INTO trust_ledger (source, source_id, pubkey, kind, reason, sats, sats_absorbed, occurred_at) ";

    private static final String APPEND = """
            WITH identity AS (
                INSERT INTO nostr_identities (pubkey, trust_score, tier, balance, balance_as_of, last_seen, created_at,
                                              policy_version)
                VALUES ($3, $9, 'new', $10, $8, $8, $8, $11)
                ON CONFLICT (pubkey) DO NOTHING)
            """ + INSERT_FACT + """
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (source, source_id) DO NOTHING""";

    /** The columns of an entry, in the order that {@link LedgerReader} expects. */
    public static final String ENTRY_COLUMNS = """
            seq, id, source, source_id, pubkey, kind, reason, sats, sats_absorbed, reverses, occurred_at, locked_tier,
            delta, balance_before, balance_after, score_before, score_after, tier_before, tier_after, policy_version,
            scored_at, trust_tier, blocked, tier_until, prev_hash, hash""";

    private static final String AFTER =
            "SELECT " + ENTRY_COLUMNS + " FROM trust_ledger WHERE seq > $1 ORDER BY seq LIMIT $2";

    private static final String HISTORY =
            "SELECT " + ENTRY_COLUMNS + " FROM trust_ledger WHERE pubkey = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";

    private static final String TOTALS = """
            SELECT (SELECT seq FROM trust_head) AS entries,
                   (SELECT count(*) FROM trust_ledger WHERE seq IS NULL) AS waiting,
                   (SELECT extract(epoch FROM now() - min(occurred_at)) FROM trust_ledger WHERE seq IS NULL)::float8 AS age,
                   (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'nostr_identities'::regclass)::float8 AS identities""";

    private static final String TIERS =
            "SELECT tier, count(*) AS counted FROM nostr_identities TABLESAMPLE SYSTEM ($1) GROUP BY tier";

    /**
     * The size of the ledger.
     *
     * @param entries the number of scored facts
     * @param waiting the number of unscored facts
     * @param oldestWaitingSeconds the age of the oldest unscored fact; 0 if there is none
     * @param identities the number of identities, estimated from the statistics of PostgreSQL
     */
    record Totals(long entries, long waiting, double oldestWaitingSeconds, double identities) {}

    private final Database database;

    public Ledger(Database database) {
        this.database = database;
    }

    /**
     * Appends a fact and creates its identity if necessary. A repeated fact changes nothing.
     *
     * @param model gives the initial state of a new identity
     */
    public Future<Void> append(Fact fact, TrustModel model) {
        TrustState newcomer = model.newcomer(fact.occurredAt());
        Tuple parameters = Tuple.tuple()
                .addString(fact.source())
                .addString(fact.sourceId())
                .addString(fact.pubkey().hex())
                .addString(fact.kind().code())
                .addString(fact.reason() == null ? null : fact.reason().code())
                .addLong(fact.sats())
                .addLong(fact.satsAbsorbed())
                .addOffsetDateTime(SqlTime.of(fact.occurredAt()))
                .addDouble(model.score(newcomer.balance()))
                .addDouble(newcomer.balance())
                .addString(model.policyVersion());
        return database.execute(APPEND, parameters).mapEmpty();
    }

    /** The entries after a sequence number, in order. */
    public Future<List<Entry>> after(long seq, int limit) {
        return database.execute(AFTER, Tuple.of(seq, limit)).map(Ledger::entries);
    }

    /** The entries of one identity before a sequence number, newest first. */
    public Future<List<Entry>> history(PublicKey pubkey, long before, int limit) {
        return database.execute(HISTORY, Tuple.of(pubkey.hex(), before, limit)).map(Ledger::entries);
    }

    /** The size of the ledger. */
    Future<Totals> totals() {
        return database.execute(TOTALS, Tuple.tuple()).map(rows -> {
            Row row = rows.iterator().next();
            Double age = row.getDouble("age");
            return new Totals(
                    row.getLong("entries"), row.getLong("waiting"), age == null ? 0 : age, row.getDouble("identities"));
        });
    }

    /** The number of identities in each tier after their last entry, in a sample of this percentage. */
    Future<Map<Tier, Long>> tiers(double percent) {
        return database.execute(TIERS, Tuple.of(percent)).map(rows -> {
            Map<Tier, Long> counts = new EnumMap<>(Tier.class);
            rows.forEach(row -> counts.put(Tier.of(row.getString("tier")), row.getLong("counted")));
            return counts;
        });
    }

    private static List<Entry> entries(RowSet<Row> rows) {
        List<Entry> entries = new ArrayList<>(rows.size());
        rows.forEach(row -> entries.add(entry(row)));
        return entries;
    }

    private static Entry entry(Row row) {
        return new Entry(
                row.getLong("seq"),
                row.getLong("id"),
                fact(row),
                row.getDouble("delta"),
                mark(row, "before"),
                mark(row, "after"),
                row.getString("policy_version"),
                SqlTime.read(row, "scored_at"),
                effective(row),
                Hex.encode(row.getBuffer("prev_hash").getBytes()),
                Hex.encode(row.getBuffer("hash").getBytes()));
    }

    private static @Nullable EffectiveTier effective(Row row) {
        String tier = row.getString("trust_tier");
        return tier == null
                ? null
                : new EffectiveTier(Tier.of(tier), row.getBoolean("blocked"), SqlTime.readNullable(row, "tier_until"));
    }

    /** Reads the columns of a fact from a row. */
    public static Fact fact(Row row) {
        String reason = row.getString("reason");
        String lockedTier = row.getString("locked_tier");
        return new Fact(
                row.getString("source"),
                row.getString("source_id"),
                new PublicKey(row.getString("pubkey")),
                FactKind.of(row.getString("kind")),
                reason == null ? null : FaultReason.of(reason).orElseThrow(),
                row.getLong("sats"),
                row.getLong("sats_absorbed"),
                row.getLong("reverses"),
                SqlTime.read(row, "occurred_at"),
                lockedTier == null ? null : Tier.of(lockedTier));
    }

    private static Entry.Mark mark(Row row, String when) {
        return new Entry.Mark(
                row.getDouble("balance_" + when),
                row.getDouble("score_" + when),
                Tier.of(row.getString("tier_" + when)));
    }
}
