package dev.nostrtrust.bench;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.Stream;

/** The rows that a database has before it is measured. */
final class Seed {
    static final String ORIGIN = TestServer.ORIGIN;
    static final String REQUEST = "{\"prompt\":\"What is the answer to the ultimate question?\",\"max_tokens\": 256}";
    static final String RESULT = "{\"text\":\"The answer is forty-two.\",\"tokens\": 7}";
    static final String CLAIMED_QUEUE = "claimed";
    static final int POLLED_JOBS = 10_000;
    static final int LOOKUP_KEYS = 100;

    private static final String POLICY = "INSERT INTO trust_policies (version, canonical) VALUES ('seed', '')";

    private static final String IDENTITIES = """
            INSERT INTO nostr_identities (pubkey, trust_score, tier, interaction_count, last_seen, created_at, balance,
                                          balance_as_of, last_success_at, policy_version)
            SELECT %s, 10, 'new', 10, now(), now(), 10, now(), now(), 'seed'
            FROM generate_series(1, %d) n""";

    // Every id is that of its place, and the chain of hashes is not a real one: no measure verifies it.
    private static final String ENTRIES = """
            INSERT INTO trust_ledger (id, source, source_id, pubkey, kind, sats, sats_absorbed, occurred_at, seq, delta,
                                      balance_before, balance_after, score_before, score_after, tier_before, tier_after,
                                      policy_version, scored_at, prev_hash, hash, trust_tier, blocked)
            OVERRIDING SYSTEM VALUE
            SELECT n, 'seed', n, %s, 'success', 21, 0, now(), n, 0.1, 10, 10.1, 10, 10.1, 'new', 'new', 'seed', now(),
                   sha256(int8send(n - 1)), sha256(int8send(n)), 'new', false
            FROM generate_series(1::bigint, %d) n""";

    private static final String HEAD = "UPDATE trust_head SET seq = %d, hash = sha256(int8send(%1$d))";

    private static final String NEXT_ENTRY = "ALTER TABLE trust_ledger ALTER COLUMN id RESTART WITH %d";

    private static final String FINISHED_JOBS = """
            INSERT INTO jobs (id, nostr_pubkey, state, request, result, sats_cost, sats_absorbed, fence, attempts, worker,
                              created_at, available_at, started_at, finished_at)
            SELECT uuidv7(), %s, 'succeeded', '%s', '%s', 21, 0, n, 1, 'seed', now(), now(), now(), now()
            FROM generate_series(1, %d) n""";

    private static final String RUNNING_JOBS = """
            INSERT INTO jobs (id, nostr_pubkey, state, request, fence, attempts, worker, lease_until, created_at,
                              available_at, started_at)
            SELECT md5('job' || n)::uuid, %s, 'running', '%s', n, 1, 'seed', now() + interval '1 day', now(), now(), now()
            FROM generate_series(1, %d) n""";

    private static final String QUEUED_JOBS = """
            INSERT INTO jobs (id, nostr_pubkey, queue, state, request, deadline, created_at, available_at)
            SELECT uuidv7(), %s, '%s', 'queued', '%s', now() + interval '1 day', now(), now()
            FROM generate_series(1, %d) n""";

    private Seed() {}

    /** The statements that fill a fresh database. */
    static List<String> statements(long entries, long identities, long jobs) {
        return List.of(
                // Without checks of foreign keys, which would take most of the time.
                "SET session_replication_role = replica",
                POLICY,
                IDENTITIES.formatted(pubkeySql("n"), identities),
                ENTRIES.formatted(someone(identities), entries),
                HEAD.formatted(entries),
                NEXT_ENTRY.formatted(entries + 1),
                FINISHED_JOBS.formatted(someone(identities), REQUEST, RESULT, jobs),
                RUNNING_JOBS.formatted(someone(identities), REQUEST, POLLED_JOBS),
                "SET session_replication_role = DEFAULT",
                "VACUUM ANALYZE",
                "CHECKPOINT");
    }

    /** Fills the queue from which workers claim. */
    static String queuedJobs(long identities, long count) {
        return QUEUED_JOBS.formatted(someone(identities), CLAIMED_QUEUE, REQUEST, count);
    }

    /** Appends facts that are not scored yet. */
    static String facts(long identities, long count) {
        return """
                INSERT INTO trust_ledger (source, source_id, pubkey, kind, sats, occurred_at)
                SELECT 'bench', gen_random_uuid(), %s, 'success', 21, now() FROM generate_series(1, %d) n""".formatted(someone(identities), count);
    }

    /** The public key of an identity, as SQL. */
    static String pubkeySql(String number) {
        return "encode(sha256((" + number + ")::text::bytea), 'hex')";
    }

    /** The same in Java. */
    static String pubkey(long number) {
        return Hex.encode(Sha256.of(Long.toString(number)));
    }

    /** The keys of one lookup. */
    static List<String> lookedUp(long identities, SplittableRandom random) {
        return Stream.generate(() -> pubkey(1 + random.nextLong(identities)))
                .limit(LOOKUP_KEYS)
                .toList();
    }

    /** The id of a job that is polled, as {@code md5('job' || number)::uuid} has it. */
    static UUID polledJob(int number) {
        try {
            byte[] md5 = MessageDigest.getInstance("MD5").digest(("job" + number).getBytes(StandardCharsets.US_ASCII));
            String hex = Hex.encode(md5);
            return UUID.fromString(hex.replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5"));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }

    private static String someone(long identities) {
        return pubkeySql("1 + (n * 7919::bigint) % " + identities);
    }
}
