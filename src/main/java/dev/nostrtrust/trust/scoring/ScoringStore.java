package dev.nostrtrust.trust.scoring;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.FactFold.Reversible;
import dev.nostrtrust.trust.ledger.Ledger;
import dev.nostrtrust.trust.ledger.LedgerFold;
import dev.nostrtrust.trust.ledger.LedgerFold.Waiting;
import dev.nostrtrust.trust.ledger.LedgerHead;
import dev.nostrtrust.trust.ledger.StandingStore;
import dev.nostrtrust.trust.model.EffectiveTier;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.TrustModel;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * The statements of the scoring transaction, in the order of their execution. The first statement locks the head. Each
 * later statement takes a new snapshot and sees every commit of the previous writer. One statement that locks, selects
 * and updates would use a snapshot from before the lock and would score facts twice.
 */
final class ScoringStore {
    private static final String UNSCORED_EXISTS = "SELECT 1 FROM trust_ledger WHERE seq IS NULL LIMIT 1";

    private static final String LOCK_HEAD = "SELECT seq, hash FROM trust_head FOR UPDATE";

    private static final String UNSCORED = """
            SELECT f.id, f.source, f.source_id, f.pubkey, f.kind, f.reason, f.sats, f.sats_absorbed, f.reverses,
                   f.occurred_at, f.locked_tier, o.delta AS original_delta, o.occurred_at AS original_occurred_at
            FROM trust_ledger f LEFT JOIN trust_ledger o ON o.id = f.reverses
            WHERE f.seq IS NULL""";

    private static final String UNSCORED_OF_ALL = UNSCORED + " ORDER BY f.id LIMIT $1";

    private static final String UNSCORED_OF_ONE = UNSCORED + " AND f.pubkey = $2 ORDER BY f.id LIMIT $1";

    // NO KEY does not block the foreign key checks of new jobs and sessions.
    private static final String LOCK_STANDINGS = "SELECT " + StandingStore.COLUMNS
            + " FROM nostr_identities i WHERE i.pubkey = ANY($1) ORDER BY i.pubkey FOR NO KEY UPDATE";

    private static final String INSERT_POLICY =
            "INSERT INTO trust_policies (version, canonical) VALUES ($1, $2) ON CONFLICT DO NOTHING";

    private static final String UPDATE_ENTRIES = """
            UPDATE trust_ledger l
            SET seq = s.seq, delta = s.delta, balance_before = s.balance_before, balance_after = s.balance_after,
                score_before = s.score_before, score_after = s.score_after, tier_before = s.tier_before,
                tier_after = s.tier_after, policy_version = $11, scored_at = $12, prev_hash = s.prev_hash, hash = s.hash,
                trust_tier = s.trust_tier, blocked = s.blocked, tier_until = s.tier_until
            FROM unnest($1::bigint[], $2::bigint[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::float8[],
                        $8::text[], $9::text[], $10::bytea[], $13::bytea[], $14::text[], $15::boolean[], $16::timestamptz[])
                 AS s(id, seq, delta, balance_before, balance_after, score_before, score_after, tier_before, tier_after,
                      prev_hash, hash, trust_tier, blocked, tier_until)
            WHERE l.id = s.id""";

    private static final String UPDATE_STANDINGS = """
            UPDATE nostr_identities i
            SET balance = s.balance, balance_as_of = s.balance_as_of, tier = s.tier, trust_score = s.score,
                last_success_at = s.last_success_at, interaction_count = s.interactions,
                sats_absorbed_today = s.absorbed, sats_absorbed_on = s.absorbed_on, policy_version = $9,
                tier_locked = s.locked, blocked_at = CASE WHEN s.blocked THEN coalesce(i.blocked_at, $13) END
            FROM unnest($1::text[], $2::float8[], $3::timestamptz[], $4::text[], $5::float8[], $6::timestamptz[],
                        $7::bigint[], $8::bigint[], $10::date[], $11::text[], $12::boolean[])
                 AS s(pubkey, balance, balance_as_of, tier, score, last_success_at, interactions, absorbed, absorbed_on,
                      locked, blocked)
            WHERE i.pubkey = s.pubkey""";

    private static final String UPDATE_HEAD = "UPDATE trust_head SET seq = $1, hash = $2";

    private final Database database;

    ScoringStore(Database database) {
        this.database = database;
    }

    /** Whether there are unscored facts. Takes no lock. */
    Future<Boolean> hasUnscored() {
        return database.execute(UNSCORED_EXISTS, Tuple.tuple()).map(rows -> rows.size() > 0);
    }

    Future<LedgerHead> lockHead(SqlConnection transaction) {
        return transaction.preparedQuery(LOCK_HEAD).execute().map(rows -> {
            Row row = rows.iterator().next();
            return new LedgerHead(
                    row.getLong("seq"), Hex.encode(row.getBuffer("hash").getBytes()));
        });
    }

    /** The next unscored facts. */
    Future<List<Waiting>> unscored(SqlConnection transaction, int limit) {
        return unscored(transaction, UNSCORED_OF_ALL, Tuple.of(limit));
    }

    /** The next unscored facts of one identity. */
    Future<List<Waiting>> unscored(SqlConnection transaction, PublicKey pubkey, int limit) {
        return unscored(transaction, UNSCORED_OF_ONE, Tuple.of(limit, pubkey.hex()));
    }

    private static Future<List<Waiting>> unscored(SqlConnection transaction, String sql, Tuple parameters) {
        return transaction.preparedQuery(sql).execute(parameters).map(rows -> {
            List<Waiting> unscored = new ArrayList<>(rows.size());
            for (Row row : rows) {
                Double delta = row.getDouble("original_delta");
                Reversible original =
                        delta == null ? null : new Reversible(delta, SqlTime.read(row, "original_occurred_at"));
                unscored.add(new Waiting(row.getLong("id"), Ledger.fact(row), original));
            }
            return unscored;
        });
    }

    /** Locks the standings of known keys, in the order of the keys. */
    Future<Map<PublicKey, Standing>> lockStandings(SqlConnection transaction, Set<PublicKey> pubkeys) {
        String[] keys = pubkeys.stream().map(PublicKey::hex).sorted().toArray(String[]::new);
        return transaction
                .preparedQuery(LOCK_STANDINGS)
                .execute(Tuple.of((Object) keys))
                .map(rows -> {
                    Map<PublicKey, Standing> standings = new HashMap<>();
                    for (Row row : rows) {
                        Standing standing = StandingStore.of(row);
                        standings.put(standing.pubkey(), standing);
                    }
                    return standings;
                });
    }

    /** Writes the result of a fold: policy, entries, standings and head, with one pipelined statement each. */
    Future<Void> write(SqlConnection transaction, TrustModel model, LedgerFold fold) {
        List<Entry> entries = fold.entries();
        List<Standing> standings = entries.stream()
                .map(entry -> entry.fact().pubkey())
                .distinct()
                .sorted()
                .map(fold::standing)
                .toList();
        LedgerHead head = fold.head();
        return Future.all(
                        transaction
                                .preparedQuery(INSERT_POLICY)
                                .execute(Tuple.of(
                                        model.policyVersion(), model.policy().canonical())),
                        transaction.preparedQuery(UPDATE_ENTRIES).execute(entries(model, entries)),
                        transaction
                                .preparedQuery(UPDATE_STANDINGS)
                                .execute(standings(
                                        model, standings, entries.get(0).scoredAt())),
                        transaction.preparedQuery(UPDATE_HEAD).execute(Tuple.of(head.seq(), bytes(head.hash()))))
                .mapEmpty();
    }

    private static Tuple entries(TrustModel model, List<Entry> entries) {
        Instant scoredAt = entries.get(0).scoredAt();
        return Tuple.tuple()
                .addArrayOfLong(column(entries, Entry::id, Long[]::new))
                .addArrayOfLong(column(entries, Entry::seq, Long[]::new))
                .addArrayOfDouble(column(entries, Entry::delta, Double[]::new))
                .addArrayOfDouble(column(entries, entry -> entry.before().balance(), Double[]::new))
                .addArrayOfDouble(column(entries, entry -> entry.after().balance(), Double[]::new))
                .addArrayOfDouble(column(entries, entry -> entry.before().score(), Double[]::new))
                .addArrayOfDouble(column(entries, entry -> entry.after().score(), Double[]::new))
                .addArrayOfString(column(entries, entry -> entry.before().tier().code(), String[]::new))
                .addArrayOfString(column(entries, entry -> entry.after().tier().code(), String[]::new))
                .addArrayOfBuffer(column(entries, entry -> bytes(entry.prevHash()), Buffer[]::new))
                .addString(model.policyVersion())
                .addOffsetDateTime(SqlTime.of(scoredAt))
                .addArrayOfBuffer(column(entries, entry -> bytes(entry.hash()), Buffer[]::new))
                .addArrayOfString(
                        column(entries, entry -> effective(entry).tier().code(), String[]::new))
                .addArrayOfBoolean(column(entries, entry -> effective(entry).blocked(), Boolean[]::new))
                .addArrayOfOffsetDateTime(entries.stream()
                        .map(entry -> SqlTime.ofNullable(effective(entry).until()))
                        .toArray(OffsetDateTime[]::new));
    }

    private static EffectiveTier effective(Entry scored) {
        return Objects.requireNonNull(scored.effective());
    }

    private static Tuple standings(TrustModel model, List<Standing> standings, Instant scoredAt) {
        return Tuple.tuple()
                .addArrayOfString(
                        column(standings, standing -> standing.pubkey().hex(), String[]::new))
                .addArrayOfDouble(column(standings, standing -> standing.state().balance(), Double[]::new))
                .addArrayOfOffsetDateTime(column(
                        standings, standing -> SqlTime.of(standing.state().asOf()), OffsetDateTime[]::new))
                .addArrayOfString(
                        column(standings, standing -> standing.state().tier().code(), String[]::new))
                .addArrayOfDouble(column(
                        standings, standing -> model.score(standing.state().balance()), Double[]::new))
                .addArrayOfOffsetDateTime(standings.stream()
                        .map(standing -> SqlTime.ofNullable(standing.state().lastSuccessAt()))
                        .toArray(OffsetDateTime[]::new))
                .addArrayOfLong(column(standings, Standing::interactions, Long[]::new))
                .addArrayOfLong(column(standings, Standing::absorbedToday, Long[]::new))
                .addString(model.policyVersion())
                .addArrayOfLocalDate(
                        standings.stream().map(Standing::absorbedOn).toArray(LocalDate[]::new))
                .addArrayOfString(standings.stream()
                        .map(standing -> standing.locked() == null
                                ? null
                                : standing.locked().code())
                        .toArray(String[]::new))
                .addArrayOfBoolean(column(standings, Standing::blocked, Boolean[]::new))
                .addOffsetDateTime(SqlTime.of(scoredAt));
    }

    private static <R, V> V[] column(List<R> rows, Function<R, V> value, IntFunction<V[]> array) {
        return rows.stream().map(value).toArray(array);
    }

    private static Buffer bytes(String hex) {
        return Buffer.buffer(Hex.decode(hex));
    }
}
