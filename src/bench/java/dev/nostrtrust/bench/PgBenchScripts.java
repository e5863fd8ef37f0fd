package dev.nostrtrust.bench;

import java.util.List;

/** The statements of {@code pgbench} that are comparable with the server's. Keys and ids are those of {@link Seed}. */
final class PgBenchScripts {
    private static final String SOMEONE = "\\set u random(1, %d)\n";
    private static final String PUBKEY = Seed.pubkeySql(":u");

    private PgBenchScripts() {}

    /** One INSERT into jobs. */
    static String create(long identities) {
        return SOMEONE.formatted(identities) + insertJob("'default'") + ";\n";
    }

    /** The three statements of a job, each a transaction. Each client has a queue of its own. */
    static String cycle(long identities) {
        return SOMEONE.formatted(identities) + insertJob("('cycle-' || :client_id::text)") + ";\n"
                + claim("('cycle-' || :client_id::text)") + " \\gset\n"
                + """
                WITH j AS (
                    UPDATE jobs SET state = 'succeeded', result = '%s', sats_cost = 21, sats_absorbed = 0, finished_at = now()
                    WHERE id = :id::uuid AND state = 'running' AND fence = :fence::bigint
                    RETURNING id, nostr_pubkey)
                INSERT INTO trust_ledger (source, source_id, pubkey, kind, sats, occurred_at)
                SELECT 'job', id, nostr_pubkey, 'success', 21, now() FROM j;
                """.formatted(Seed.RESULT);
    }

    /** An UPDATE of one queued job. */
    static String claim() {
        return claim("'" + Seed.CLAIMED_QUEUE + "'") + ";\n";
    }

    /** A job with its identity. */
    static String poll() {
        return "\\set n random(1, " + Seed.POLLED_JOBS + ")\n" + """
                SELECT j.id, j.session_id, j.nostr_pubkey, j.queue, j.state, j.request, j.progress, j.result, j.sats_cost,
                       j.sats_absorbed, j.sats_lost, j.reason, j.fence, j.attempts, j.worker, j.lease_until, j.last_error,
                       j.available_at, j.deadline, j.created_at, j.started_at, j.finished_at,
                       i.pubkey, i.balance, i.balance_as_of, i.tier, i.trust_score, i.last_success_at, i.blocked_at
                FROM jobs j LEFT JOIN nostr_identities i ON i.pubkey = j.nostr_pubkey
                WHERE j.id = md5('job' || :n::text)::uuid;
                """;
    }

    /** A login with its identity, in one statement. */
    static String login(long identities) {
        return SOMEONE.formatted(identities) + """
                WITH seen AS (
                    INSERT INTO nostr_identities AS i (pubkey, trust_score, tier, balance, balance_as_of, last_seen,
                                                       created_at, policy_version)
                    VALUES (%s, 10, 'new', 10, now(), now(), now(), 'seed')
                    ON CONFLICT (pubkey) DO UPDATE SET last_seen = excluded.last_seen RETURNING pubkey)
                INSERT INTO logins (id, pubkey, expires_at) SELECT uuidv7(), pubkey, now() + interval '30 days' FROM seen;
                """.formatted(PUBKEY);
    }

    /** The standings of 100 keys. */
    static String lookup(List<String> pubkeys) {
        return """
                SELECT h.seq, i.pubkey, i.balance, i.balance_as_of, i.tier, i.trust_score, i.last_success_at,
                       i.interaction_count, i.tier_locked, i.blocked_at
                FROM trust_head h CROSS JOIN unnest('{%s}'::text[]) AS asked (pubkey)
                LEFT JOIN LATERAL (SELECT * FROM nostr_identities k WHERE k.pubkey = asked.pubkey OFFSET 0) i ON true;
                """.formatted(String.join(",", pubkeys));
    }

    private static String insertJob(String queue) {
        return """
                INSERT INTO jobs (id, nostr_pubkey, queue, state, request, deadline, created_at, available_at)
                VALUES (uuidv7(), %s, %s, 'queued', '%s', now() + interval '1 day', now(), now())""".formatted(PUBKEY, queue, Seed.REQUEST);
    }

    private static String claim(String queue) {
        return """
                UPDATE jobs SET state = 'running', worker = 'bench', lease_until = now() + interval '1 hour',
                                attempts = attempts + 1, fence = fence + 1, started_at = coalesce(started_at, now())
                WHERE id = (SELECT id FROM jobs
                            WHERE state = 'queued' AND queue = %s AND available_at <= now()
                            ORDER BY available_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING id, fence""".formatted(queue);
    }
}
