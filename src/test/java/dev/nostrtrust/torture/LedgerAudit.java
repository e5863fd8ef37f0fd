package dev.nostrtrust.torture;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** The judge of a database: it shares no code with what it judges, and knows only what is documented. */
final class LedgerAudit {
    private static final String UNSCORED = """
            SELECT count(*) || ' facts have no place; the first of them has the id ' || min(id)
            FROM trust_ledger WHERE seq IS NULL HAVING count(*) > 0""";

    private static final String TWICE = """
            SELECT count(*) || ' facts of ' || source || ' ' || source_id
            FROM trust_ledger GROUP BY source, source_id HAVING count(*) > 1""";

    private static final String FINISHED_TWICE = """
            SELECT 'job ' || source_id || ' was finished ' || count(*) || ' times'
            FROM trust_ledger WHERE source = 'job' GROUP BY source_id HAVING count(*) > 1""";

    private static final String REDEEMED_TWICE = """
            SELECT 'challenge ' || id || ' was redeemed ' || count(*) || ' times'
            FROM logins GROUP BY id HAVING count(*) > 1""";

    private static final String JOBS_AND_FACTS = """
            WITH due AS (
                SELECT id::text AS source_id, nostr_pubkey AS pubkey,
                       CASE state WHEN 'succeeded' THEN 'success' ELSE 'failure' END AS kind,
                       CASE state WHEN 'succeeded' THEN NULL ELSE reason END AS reason,
                       CASE state WHEN 'succeeded' THEN sats_cost WHEN 'failed' THEN coalesce(sats_lost, 0) ELSE 0 END AS sats,
                       coalesce(sats_absorbed, 0) AS sats_absorbed, finished_at AS occurred_at
                FROM jobs
                WHERE nostr_pubkey IS NOT NULL
                      AND (state = 'succeeded' OR state = 'cancelled' AND reason = 'cancelled_late'
                           OR state = 'failed' AND reason IN ('unpaid', 'expired', 'abuse', 'policy_rejected',
                                                              'cancelled_late', 'payment_reversed'))
            ), told AS (
                SELECT source_id, pubkey, kind, reason, sats, sats_absorbed, occurred_at FROM trust_ledger WHERE source = 'job'
            )
            SELECT 'job ' || source_id || CASE WHEN told.pubkey IS NULL THEN ' has no fact, but should have ' || due::text
                                               WHEN due.pubkey IS NULL THEN ' should have no fact, but has ' || told::text
                                               ELSE ' should have the fact ' || due::text || ', but has ' || told::text END
            FROM due FULL JOIN told USING (source_id)
            WHERE due IS DISTINCT FROM told""";

    private LedgerAudit() {}

    /**
     * Everything that is wrong with a database, as of one moment; empty where nothing is. Of each invariant the first
     * violations are told, and how many more there are.
     *
     * @param connection in autocommit, which it is again afterwards
     */
    static List<BrokenInvariant> of(Connection connection) throws SQLException {
        int isolation = connection.getTransactionIsolation();
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setAutoCommit(false);
        try {
            return within(connection);
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
            connection.setTransactionIsolation(isolation);
        }
    }

    /** The same, as a transaction sees it that is under way and goes on. */
    static List<BrokenInvariant> within(Connection connection) throws SQLException {
        Findings findings = new Findings();
        LedgerRows rows = new LedgerRows(connection);
        entries(rows, findings);
        rows.eachText(UNSCORED, what -> findings.add(Invariant.I4, what));
        rows.eachText(TWICE, what -> findings.add(Invariant.I1, what));
        rows.eachText(JOBS_AND_FACTS, what -> findings.add(Invariant.I1, what));
        rows.eachText(FINISHED_TWICE, what -> findings.add(Invariant.I6, what));
        rows.eachText(REDEEMED_TWICE, what -> findings.add(Invariant.I6, what));
        return findings.list();
    }

    private static void entries(LedgerRows rows, Findings findings) throws SQLException {
        Map<String, String> policies = rows.policies();
        ChainAudit chain = new ChainAudit(findings);
        ReplayAudit replay = new ReplayAudit(policies, findings);
        chain.policies(policies);
        rows.eachIdentity(replay::identity);
        rows.eachEntry(entry -> {
            chain.next(entry);
            replay.next(entry);
        });
        chain.heads(rows.heads());
        replay.identities();
    }
}
