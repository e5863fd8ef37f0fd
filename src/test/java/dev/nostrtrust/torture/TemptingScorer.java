package dev.nostrtrust.torture;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * The scorer that one is tempted to write: a single statement claims the facts that wait, sums them up and marks them.
 * It is right as long as it is alone, but for the hashes, which it leaves out. Two of them count facts twice: each sums
 * what its own snapshot shows, and waits for the other's rows only afterwards. It knows the default policy, without
 * decay and hysteresis.
 */
final class TemptingScorer implements Runnable {
    private static final String FUNCTIONS = """
            CREATE FUNCTION tempting_score(b float8) RETURNS float8 IMMUTABLE LANGUAGE sql AS $$
                SELECT CASE WHEN b >= 0 THEN 10 + 90 * b / (b + 10000) ELSE 100000 / (10000 - b) END $$;
            CREATE FUNCTION tempting_tier(b float8) RETURNS text IMMUTABLE LANGUAGE sql AS $$
                SELECT CASE WHEN tempting_score(b) >= 80 THEN 'elite' WHEN tempting_score(b) >= 60 THEN 'trusted'
                            WHEN tempting_score(b) >= 30 THEN 'established' WHEN tempting_score(b) >= 8 THEN 'new'
                            ELSE 'anonymous' END $$""";

    // Without this column the servers' own scorers fail, and leave the facts to others.
    private static final String STAND_ASIDE = "ALTER TABLE trust_head RENAME COLUMN hash TO digest";
    private static final String COME_BACK = "ALTER TABLE trust_head RENAME COLUMN digest TO hash";

    private static final String SCORE = """
            WITH waiting AS (
                SELECT f.id, f.pubkey, f.kind, f.occurred_at, row_number() OVER (ORDER BY f.id) AS place,
                       CASE f.kind WHEN 'failure' THEN -4 * greatest(1000, f.sats) WHEN 'reversal' THEN -o.delta
                                   ELSE f.sats END::float8 AS delta
                FROM trust_ledger f LEFT JOIN trust_ledger o ON o.id = f.reverses
                WHERE f.seq IS NULL AND (f.kind <> 'reversal' OR o.seq IS NOT NULL)
            ), running AS (
                SELECT w.*, i.balance + sum(delta) OVER (PARTITION BY w.pubkey ORDER BY w.id) AS after
                FROM waiting w JOIN nostr_identities i USING (pubkey)
            ), moved AS (
                UPDATE nostr_identities i
                SET balance = i.balance + s.delta, trust_score = tempting_score(i.balance + s.delta),
                    tier = tempting_tier(i.balance + s.delta), balance_as_of = greatest(i.balance_as_of, s.last),
                    last_success_at = greatest(i.last_success_at, s.success),
                    interaction_count = i.interaction_count + s.interactions
                FROM (SELECT pubkey, sum(delta) AS delta, max(occurred_at) AS last,
                             max(occurred_at) FILTER (WHERE kind = 'success') AS success,
                             count(*) FILTER (WHERE kind IN ('success', 'failure')) AS interactions
                      FROM waiting GROUP BY pubkey) s
                WHERE i.pubkey = s.pubkey
            ), placed AS (
                UPDATE trust_head SET seq = seq + (SELECT count(*) FROM waiting) RETURNING seq
            )
            UPDATE trust_ledger l
            SET seq = placed.seq - (SELECT count(*) FROM waiting) + r.place, delta = r.delta,
                balance_before = r.after - r.delta, balance_after = r.after,
                score_before = tempting_score(r.after - r.delta), score_after = tempting_score(r.after),
                tier_before = tempting_tier(r.after - r.delta), tier_after = tempting_tier(r.after),
                policy_version = (SELECT version FROM trust_policies), scored_at = clock_timestamp(),
                prev_hash = '\\x00', hash = '\\x00'
            FROM running r, placed WHERE l.id = r.id AND l.seq IS NULL""";

    private final Postgres postgres;
    private volatile boolean over;

    private TemptingScorer(Postgres postgres) {
        this.postgres = postgres;
    }

    /** Runs this number of scorers instead of the servers until the action was taken and no fact waits. */
    static void scoring(int scorers, Postgres postgres, Runnable action) throws InterruptedException {
        postgres.execute(FUNCTIONS);
        postgres.execute(STAND_ASIDE);
        TemptingScorer scorer = new TemptingScorer(postgres);
        Thread[] threads = new Thread[scorers];
        for (int i = 0; i < scorers; i++) {
            threads[i] = new Thread(scorer);
            threads[i].start();
        }
        action.run();
        scorer.over = true;
        for (Thread thread : threads) {
            thread.join();
        }
        postgres.execute(COME_BACK);
    }

    @Override
    public void run() {
        try (Connection connection = postgres.connect();
                var statement = connection.createStatement()) {
            boolean done = false;
            while (!done) {
                done = over;
                try {
                    statement.executeUpdate(SCORE);
                } catch (SQLException deadlock) {
                    // It has those as well, and tries again.
                    done = false;
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
