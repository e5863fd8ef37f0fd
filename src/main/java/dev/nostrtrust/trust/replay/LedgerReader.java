package dev.nostrtrust.trust.replay;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.db.DatabaseReason;
import dev.nostrtrust.db.JdbcConnections;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.Ledger;
import dev.nostrtrust.trust.ledger.LedgerHead;
import dev.nostrtrust.trust.ledger.StandingStore;
import dev.nostrtrust.trust.model.Standing;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * Reads the input of a replay in one read-only transaction with one snapshot. Blocks; not thread-safe. Invalid data
 * that no server writes is a {@link Divergence}.
 */
public final class LedgerReader implements AutoCloseable {
    // Reads rows in index order. Otherwise PostgreSQL would first sort a large ledger on disk.
    private static final String PREPARE = """
            SET application_name = 'nostr-trust-engine replay';
            SET statement_timeout = 0;
            SET enable_sort = off;
            SET max_parallel_workers_per_gather = 0""";

    private static final String POLICIES = "SELECT version, canonical FROM trust_policies";

    private static final String REVERSED = "SELECT reverses FROM trust_ledger WHERE reverses IS NOT NULL";

    private static final String HEAD = "SELECT seq, hash FROM trust_head";

    private static final String UNSCORED = """
            SELECT count(*), min(l.id) FILTER (WHERE i.pubkey IS NULL)
            FROM trust_ledger l LEFT JOIN nostr_identities i ON i.pubkey = l.pubkey
            WHERE l.seq IS NULL""";

    private static final String ENTRIES = "COPY (SELECT " + Ledger.ENTRY_COLUMNS
            + " FROM trust_ledger WHERE seq IS NOT NULL ORDER BY seq) TO STDOUT (FORMAT binary)";

    private static final String STANDINGS = "COPY (SELECT " + StandingStore.COLUMNS
            + ", i.trust_score, i.policy_version, i.created_at FROM nostr_identities i ORDER BY i.pubkey)"
            + " TO STDOUT (FORMAT binary)";

    private final Connection connection;

    /**
     * The trust columns of an identity's row.
     *
     * @param score the score at the time of the standing
     * @param policyVersion the policy of the last scoring, or of the creation
     * @param createdAt the time of the creation of the identity
     */
    public record StoredStanding(Standing standing, double score, String policyVersion, Instant createdAt) {
        String label() {
            return "identity " + standing.pubkey().hex();
        }
    }

    private LedgerReader(Connection connection) {
        this.connection = connection;
    }

    /**
     * Connects to the database. The first read takes the snapshot.
     *
     * @throws IllegalStateException if the database is unreachable
     */
    public static LedgerReader open(DatabaseAddress address) {
        Connection connection = JdbcConnections.open(address);
        try {
            try (Statement statement = connection.createStatement()) {
                statement.execute(PREPARE);
            }
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            return new LedgerReader(connection);
        } catch (SQLException e) {
            throw unreadable(e);
        }
    }

    /** The canonical forms of all policies by version. */
    public Map<String, String> policies() {
        Map<String, String> policies = new HashMap<>();
        query(POLICIES, row -> policies.put(row.getString(1), row.getString(2)));
        return policies;
    }

    /** The ids of all facts that another fact reverses. */
    public Set<Long> reversed() {
        Set<Long> reversed = new HashSet<>();
        query(REVERSED, row -> reversed.add(row.getLong(1)));
        return reversed;
    }

    /** The head; null if its row is missing. */
    public @Nullable LedgerHead head() {
        LedgerHead[] head = new LedgerHead[1];
        query(HEAD, row -> {
            long seq = row.getLong(1);
            String hash = Hex.encode(row.getBytes(2));
            try {
                head[0] = new LedgerHead(seq, hash);
            } catch (IllegalArgumentException e) {
                throw new Divergence("trust_head is " + seq + ":" + hash + ". " + e.getMessage());
            }
        });
        return head[0];
    }

    /** The number of unscored facts. */
    public long unscored() {
        long[] count = new long[1];
        query(UNSCORED, row -> {
            count[0] = row.getLong(1);
            if (row.getObject(2) != null) {
                throw new Divergence(
                        "the unscored fact with the id " + row.getLong(2) + " belongs to an identity without a row");
            }
        });
        return count[0];
    }

    /** Passes all entries to the consumer, in order. */
    public void entries(Consumer<Entry> consumer) {
        copy(ENTRIES, row -> consumer.accept(StoredRows.entry(row)));
    }

    /** Passes the standings of all identities to the consumer, in the order of their keys. */
    public void standings(Consumer<StoredStanding> consumer) {
        copy(STANDINGS, row -> consumer.accept(StoredRows.standing(row)));
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface RowReader {
        void read(ResultSet row) throws SQLException;
    }

    private void query(String sql, RowReader reader) {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                reader.read(rows);
            }
        } catch (SQLException e) {
            throw unreadable(e);
        }
    }

    /** Reads one row per message. The first message starts with the header; the last is the trailer. */
    private void copy(String sql, Consumer<CopyRow> reader) {
        try {
            CopyOut copy = connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql);
            try {
                boolean first = true;
                for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
                    CopyRow row = CopyRow.of(message, first);
                    first = false;
                    if (row != null) {
                        reader.accept(row);
                    }
                }
            } finally {
                if (copy.isActive()) {
                    copy.cancelCopy();
                }
            }
        } catch (SQLException e) {
            throw unreadable(e);
        }
    }

    private static IllegalStateException unreadable(SQLException e) {
        boolean noSuchTable = "42P01".equals(e.getSQLState());
        String advice = noSuchTable ? ". Check the address of the database and run migrate on it." : "";
        return new IllegalStateException("The ledger cannot be read: " + DatabaseReason.of(e) + advice, e);
    }
}
