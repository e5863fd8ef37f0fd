package dev.nostrtrust.bench;

import dev.nostrtrust.fixture.TestDatabases;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.LongFunction;

/** Scores facts without computing anything: one UPDATE of 500 rows from arrays, and a commit, after the other. */
final class BareUpdate implements Contender {
    private static final int BATCH = 500;

    private static final String UPDATE = """
            UPDATE trust_ledger l
            SET seq = s.seq, delta = s.number, balance_before = s.number, balance_after = s.number,
                score_before = s.number, score_after = s.number, tier_before = s.tier, tier_after = s.tier,
                policy_version = 'seed', scored_at = now(), prev_hash = s.hash, hash = s.hash, trust_tier = s.tier,
                blocked = false
            FROM unnest(?::bigint[], ?::bigint[], ?::float8[], ?::text[], ?::bytea[]) AS s(id, seq, number, tier, hash)
            WHERE l.id = s.id""";

    private final BenchDatabase database;
    private final long facts;

    BareUpdate(BenchDatabase database, long facts) {
        this.database = database;
        this.facts = facts;
    }

    @Override
    public Sample measure() throws Exception {
        database.execute(List.of(Seed.facts(database.identities(), facts)));
        List<Long> ids = new ArrayList<>();
        try (Connection connection = TestDatabases.connect(database.address())) {
            try (var statement = connection.createStatement();
                    ResultSet rows =
                            statement.executeQuery("SELECT id FROM trust_ledger WHERE seq IS NULL ORDER BY id")) {
                while (rows.next()) {
                    ids.add(rows.getLong(1));
                }
            }
            return Sample.of(update(connection, ids));
        }
    }

    private static double update(Connection connection, List<Long> ids) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
            long start = System.nanoTime();
            for (int from = 0; from < ids.size(); from += BATCH) {
                List<Long> batch = ids.subList(from, Math.min(ids.size(), from + BATCH));
                update.setArray(1, array(connection, "bigint", batch, id -> id, Long[]::new));
                // Ids are unique and grow, which is all that a place needs.
                update.setArray(2, array(connection, "bigint", batch, id -> id, Long[]::new));
                update.setArray(3, array(connection, "float8", batch, id -> (double) id, Double[]::new));
                update.setArray(4, array(connection, "text", batch, id -> "new", String[]::new));
                update.setArray(5, array(connection, "bytea", batch, id -> new byte[32], byte[][]::new));
                update.executeUpdate();
            }
            return ids.size() * 1e9 / (System.nanoTime() - start);
        }
    }

    private static <T> Array array(
            Connection connection, String type, List<Long> ids, LongFunction<T> value, IntFunction<T[]> array)
            throws SQLException {
        return connection.createArrayOf(type, ids.stream().map(value::apply).toArray(array));
    }
}
