package dev.nostrtrust.torture;

import dev.nostrtrust.TestDatabases;
import dev.nostrtrust.TestServer;
import dev.nostrtrust.e2e.Waiting;
import java.util.Map;
import org.junit.jupiter.api.Test;

@SuppressWarnings("all")
class ScratchTest {
    @Test
    void big() throws Exception {
        try (TestServer server =
                        TestServer.start(Map.of("SCORING_INTERVAL", "20ms", "EVENT_LOOP_BLOCKED_AFTER", "10s"));
                var out = new java.io.PrintWriter("/tmp/judge-big.txt")) {
            server.execute(
                    "INSERT INTO nostr_identities (pubkey, trust_score, tier, last_seen, created_at, balance, balance_as_of, policy_version)"
                            + " SELECT encode(sha256(n::text::bytea), 'hex'), 10, 'new', '2026-01-01', '2026-01-01', 0, '2026-01-01', '50a9a8eaf5bf' FROM generate_series(1, 2000) n");
            server.execute("""
                WITH j AS (INSERT INTO jobs (id, nostr_pubkey, state, request, sats_cost, sats_lost, reason, created_at, finished_at)
                SELECT gen_random_uuid(), encode(sha256((1 + n % 2000)::text::bytea), 'hex'),
                  CASE WHEN n % 7 = 0 THEN 'failed' ELSE 'succeeded' END, '{}',
                  CASE WHEN n % 7 <> 0 THEN n % 3000 END, CASE WHEN n % 7 = 0 THEN n % 900 END, CASE WHEN n % 7 = 0 THEN 'unpaid' END,
                  '2026-01-01', '2026-01-01'::timestamptz + n * interval '127 seconds' - (n % 3) * interval '5 hours' + interval '1 day'
                FROM generate_series(1, 100000) n RETURNING *)
                INSERT INTO trust_ledger (source, source_id, pubkey, kind, reason, sats, occurred_at)
                SELECT 'job', id::text, nostr_pubkey, CASE WHEN reason IS NULL THEN 'success' ELSE 'failure' END, reason, coalesce(sats_cost, sats_lost), finished_at FROM j""");
            long t = System.nanoTime();
            for (int i = 0; i < 100; i++) {
                try {
                    Waiting.until(() -> server.count("SELECT count(*) FROM trust_ledger WHERE seq IS NULL") == 0);
                    break;
                } catch (AssertionError e) {
                }
            }
            out.println("scored in ms " + (System.nanoTime() - t) / 1_000_000);
            try (var c = TestDatabases.connect(server.database())) {
                c.setAutoCommit(false);
                var rows = new LedgerRows(c);
                for (int i = 0; i < 2; i++) {
                    t = System.nanoTime();
                    rows.eachEntry(e -> {});
                    out.println("read " + (System.nanoTime() - t) / 1_000_000);
                    var chain = new ChainAudit(new Findings());
                    t = System.nanoTime();
                    rows.eachEntry(chain::next);
                    out.println("read+chain " + (System.nanoTime() - t) / 1_000_000);
                    var f = LedgerAudit.class.getDeclaredField("JOBS_AND_FACTS");
                    f.setAccessible(true);
                    t = System.nanoTime();
                    rows.eachText((String) f.get(null), e -> {});
                    out.println("jobs " + (System.nanoTime() - t) / 1_000_000);
                    t = System.nanoTime();
                    rows.eachText("SELECT sum(seq + extract(epoch from occurred_at)) from trust_ledger", e -> {});
                    out.println("scan " + (System.nanoTime() - t) / 1_000_000);
                    rows.eachText("EXPLAIN ANALYZE " + f.get(null), out::println);
                }
                c.rollback();
                c.setAutoCommit(true);
                for (int i = 0; i < 3; i++) {
                    t = System.nanoTime();
                    var v = LedgerAudit.of(c);
                    out.println("audit ms " + (System.nanoTime() - t) / 1_000_000 + " " + v);
                }
            }
        }
    }

    @org.junit.jupiter.api.RepeatedTest(1)
    void proxies() throws Exception {}
}
