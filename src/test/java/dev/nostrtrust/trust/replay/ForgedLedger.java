package dev.nostrtrust.trust.replay;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.HashChain;
import dev.nostrtrust.trust.ledger.LedgerHead;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Changes the ledger as an owner of the tables can, with triggers and foreign keys disabled. */
public final class ForgedLedger {
    private ForgedLedger() {}

    /** Runs statements without triggers and foreign keys. */
    public static void change(DatabaseAddress database, String... statements) {
        try (Connection connection = connect(database);
                var statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Recomputes all hashes and the head, so that the hash chain is valid again. */
    public static void rehash(DatabaseAddress database) {
        List<Entry> entries = new ArrayList<>();
        try (LedgerReader reader = LedgerReader.open(database)) {
            reader.entries(entries::add);
        }
        HashChain chain = new HashChain(LedgerHead.EMPTY.hash());
        String last = LedgerHead.EMPTY.hash();
        try (Connection connection = connect(database);
                var update =
                        connection.prepareStatement("UPDATE trust_ledger SET prev_hash = ?, hash = ? WHERE seq = ?");
                var head = connection.prepareStatement("UPDATE trust_head SET seq = ?, hash = ?")) {
            for (Entry entry : entries) {
                String hash = chain.append(entry);
                update.setBytes(1, Hex.decode(last));
                update.setBytes(2, Hex.decode(hash));
                update.setLong(3, entry.seq());
                update.executeUpdate();
                last = hash;
            }
            head.setLong(1, entries.size());
            head.setBytes(2, Hex.decode(last));
            head.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Connection connect(DatabaseAddress database) throws SQLException {
        Connection connection = DriverManager.getConnection(database.jdbcUrl(), database.jdbcProperties());
        try (var statement = connection.createStatement()) {
            statement.execute("SET session_replication_role = replica");
        }
        return connection;
    }
}
