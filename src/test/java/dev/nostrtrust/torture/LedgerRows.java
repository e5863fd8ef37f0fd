package dev.nostrtrust.torture;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The tables of trust, read with nothing but JDBC. */
final class LedgerRows {
    private static final String ENTRIES = """
            SELECT e.seq, e.id, e.source, e.source_id, e.pubkey, e.kind, e.reason, e.sats, e.sats_absorbed, e.reverses,
                   (extract(epoch FROM e.occurred_at) * 1000000)::bigint AS occurred_at,
                   e.delta, e.balance_before, e.score_before, e.tier_before, e.balance_after, e.score_after, e.tier_after,
                   e.policy_version, (extract(epoch FROM e.scored_at) * 1000000)::bigint AS scored_at,
                   encode(e.prev_hash, 'hex') AS prev_hash, encode(e.hash, 'hex') AS hash,
                   e.locked_tier, e.trust_tier, e.blocked, (extract(epoch FROM e.tier_until) * 1000000)::bigint AS tier_until,
                   o.pubkey AS origin_pubkey, o.seq AS origin_seq, o.delta AS origin_delta,
                   (extract(epoch FROM o.occurred_at) * 1000000)::bigint AS origin_occurred_at
            FROM trust_ledger e LEFT JOIN trust_ledger o ON o.id = e.reverses AND o.seq IS NOT NULL
            WHERE e.seq IS NOT NULL ORDER BY e.seq, e.id""";

    private static final String IDENTITIES = """
            SELECT pubkey, balance, trust_score, tier, (extract(epoch FROM balance_as_of) * 1000000)::bigint AS as_of,
                   (extract(epoch FROM last_success_at) * 1000000)::bigint AS last_success, interaction_count,
                   sats_absorbed_today, sats_absorbed_on - date '1970-01-01' AS absorbed_on, policy_version,
                   (extract(epoch FROM created_at) * 1000000)::bigint AS created_at, tier_locked,
                   blocked_at IS NOT NULL AS blocked
            FROM nostr_identities""";

    private static final int FETCHED_AT_ONCE = 2000;

    private final Connection connection;

    /** Reads through a connection that is in a transaction, so that all reads see the same moment. */
    LedgerRows(Connection connection) {
        this.connection = connection;
    }

    /** The last place and its hash, as {@code trust_head} has them. */
    record Head(long seq, String hash) {}

    List<Head> heads() throws SQLException {
        List<Head> heads = new ArrayList<>();
        each(
                "SELECT seq, encode(hash, 'hex') AS hash FROM trust_head",
                row -> heads.add(new Head(row.getLong("seq"), row.getString("hash"))));
        return heads;
    }

    /** Canonical texts by version. */
    Map<String, String> policies() throws SQLException {
        Map<String, String> policies = new LinkedHashMap<>();
        each("SELECT version, canonical FROM trust_policies", row -> policies.put(row.getString(1), row.getString(2)));
        return policies;
    }

    /** Scored entries in their order. */
    void eachEntry(Consumer<LedgerEntry> reader) throws SQLException {
        each(ENTRIES, row -> reader.accept(entry(row)));
    }

    void eachIdentity(Consumer<IdentityRow> reader) throws SQLException {
        each(
                IDENTITIES,
                row -> reader.accept(new IdentityRow(
                        row.getString("pubkey"),
                        new LedgerEntry.Moment(
                                row.getDouble("balance"), row.getDouble("trust_score"), row.getString("tier")),
                        row.getLong("as_of"),
                        nullable(row, "last_success"),
                        row.getLong("interaction_count"),
                        row.getLong("sats_absorbed_today"),
                        nullable(row, "absorbed_on"),
                        row.getString("policy_version"),
                        row.getLong("created_at"),
                        row.getString("tier_locked"),
                        row.getBoolean("blocked"))));
    }

    /** The first column of each row that a query yields, as text. */
    void eachText(String sql, Consumer<String> reader) throws SQLException {
        each(sql, row -> reader.accept(row.getString(1)));
    }

    private interface RowReader {
        void read(ResultSet row) throws SQLException;
    }

    private void each(String sql, RowReader reader) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.setFetchSize(FETCHED_AT_ONCE);
            try (ResultSet rows = statement.executeQuery(sql)) {
                while (rows.next()) {
                    reader.read(rows);
                }
            }
        }
    }

    private static LedgerEntry entry(ResultSet row) throws SQLException {
        return new LedgerEntry(
                row.getLong("seq"),
                row.getLong("id"),
                row.getString("source"),
                row.getString("source_id"),
                row.getString("pubkey"),
                row.getString("kind"),
                row.getString("reason"),
                row.getLong("sats"),
                row.getLong("sats_absorbed"),
                nullable(row, "reverses"),
                row.getLong("occurred_at"),
                row.getDouble("delta"),
                moment(row, "before"),
                moment(row, "after"),
                row.getString("policy_version"),
                row.getLong("scored_at"),
                row.getString("prev_hash"),
                row.getString("hash"),
                row.getString("locked_tier"),
                standing(row),
                origin(row));
    }

    private static LedgerEntry.@Nullable Standing standing(ResultSet row) throws SQLException {
        String tier = row.getString("trust_tier");
        return tier == null
                ? null
                : new LedgerEntry.Standing(tier, row.getBoolean("blocked"), nullable(row, "tier_until"));
    }

    private static LedgerEntry.Moment moment(ResultSet row, String when) throws SQLException {
        return new LedgerEntry.Moment(
                row.getDouble("balance_" + when), row.getDouble("score_" + when), row.getString("tier_" + when));
    }

    private static LedgerEntry.@Nullable Origin origin(ResultSet row) throws SQLException {
        String pubkey = row.getString("origin_pubkey");
        if (pubkey == null) {
            return null;
        }
        return new LedgerEntry.Origin(
                pubkey, row.getLong("origin_seq"), row.getDouble("origin_delta"), row.getLong("origin_occurred_at"));
    }

    private static @Nullable Long nullable(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }
}
