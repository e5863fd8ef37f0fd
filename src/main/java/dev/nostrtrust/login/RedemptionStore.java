package dev.nostrtrust.login;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.StandingStore;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustState;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Redemptions of challenges and signed requests, in the table {@code logins}: one statement for all that arrive
 * together. A redemption withdraws a pending erasure of its identity, because the key is in use. A row makes a
 * challenge or a signed request valid only once.
 */
final class RedemptionStore {
    // Rows are locked in the order of keys and ids, so that two nodes cannot deadlock. A login begins after the last
    // logout, even if the clock of the database was set back. An inserted row has xmax 0, an updated one does not.
    private static final String REDEEM = """
            WITH offered AS (
                SELECT o.n, o.id, o.pubkey, o.expires_at, o.audited, i.blocked_at IS NOT NULL AS blocked, i.tokens_valid_after,
                       i.erase_after IS NOT NULL AS leaving,
                       row_number() OVER (PARTITION BY o.id, i.blocked_at IS NOT NULL ORDER BY o.n) = 1 AS foremost
                FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $8::boolean[])
                     WITH ORDINALITY AS o(id, pubkey, expires_at, audited, n)
                LEFT JOIN nostr_identities i ON i.pubkey = o.pubkey),
            redeemed AS (
                INSERT INTO logins (id, pubkey, expires_at, created_at)
                SELECT id, pubkey, expires_at,
                       greatest(clock_timestamp(), tokens_valid_after + interval '1 microsecond')
                FROM offered WHERE foremost AND NOT blocked ORDER BY id
                ON CONFLICT (id) DO NOTHING
                RETURNING id, pubkey),
            seen AS (
                INSERT INTO nostr_identities AS i (pubkey, trust_score, tier, balance, balance_as_of, last_seen, created_at,
                                                   policy_version)
                SELECT DISTINCT pubkey, $5::float8, 'new', $6::float8, $4::timestamptz, $4::timestamptz, $4::timestamptz,
                                $7::text
                FROM redeemed ORDER BY pubkey
                ON CONFLICT (pubkey) DO UPDATE
                    SET last_seen = greatest(i.last_seen, excluded.last_seen), erase_after = NULL
                RETURNING\s""" + StandingStore.COLUMNS + """
            ),
            refusals AS (
                INSERT INTO refusal_counts AS r (pubkey, action, hour, count)
                SELECT pubkey, 'login_refused_blocked', date_trunc('hour', $4, 'UTC'), count(*)
                FROM offered WHERE blocked GROUP BY pubkey ORDER BY pubkey
                ON CONFLICT (pubkey, action, hour) DO UPDATE SET count = r.count + excluded.count
                RETURNING pubkey, action, count, xmax = 0 AS first),
            audited AS (
                INSERT INTO audit_log (actor, action, subject, detail)
                SELECT pubkey, 'login', pubkey, id::text FROM redeemed JOIN offered USING (id, pubkey)
                WHERE audited AND foremost
                UNION ALL
                SELECT pubkey, 'erasure_withdrawn', pubkey, id::text FROM redeemed JOIN offered USING (id, pubkey)
                WHERE leaving AND foremost
                UNION ALL
                SELECT pubkey, action, pubkey, NULL FROM refusals WHERE first)
            SELECT o.n, o.blocked, o.foremost AND r.id IS NOT NULL AS redeemed, i.*
            FROM offered o LEFT JOIN redeemed r ON r.id = o.id AND NOT o.blocked LEFT JOIN seen i ON i.pubkey = o.pubkey""";

    /** Logins are kept this much longer than they can be redeemed, for wrong clocks and for inspection. */
    private static final Duration LOGINS_KEPT = Duration.ofDays(1);

    private static final String DELETE_LOGINS = """
            WITH ended AS MATERIALIZED (
                SELECT id FROM logins WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
            DELETE FROM logins WHERE id IN (SELECT id FROM ended)""";

    private static final String DELETE_REVOKED_LOGINS = """
            WITH ended AS MATERIALIZED (
                SELECT id FROM logins WHERE revoked_at < $1 ORDER BY revoked_at LIMIT $2 FOR UPDATE SKIP LOCKED)
            DELETE FROM logins WHERE id IN (SELECT id FROM ended)""";

    /** Counts of refusals are kept this long. */
    private static final Duration REFUSALS_KEPT = Duration.ofDays(90);

    private static final String DELETE_REFUSALS = """
            WITH old AS MATERIALIZED (
                SELECT pubkey, action, hour FROM refusal_counts WHERE hour < $1
                ORDER BY hour LIMIT $2 FOR UPDATE SKIP LOCKED)
            DELETE FROM refusal_counts r USING old
            WHERE (r.pubkey, r.action, r.hour) = (old.pubkey, old.action, old.hour)""";

    private final Database database;
    private final TrustModel model;

    /**
     * A verified proof to redeem.
     *
     * @param id the id of the new login: of the challenge or of the event
     * @param expiresAt the end of the login
     * @param audited whether the login is written to the audit log; a safe signed request is not
     */
    record Redemption(UUID id, PublicKey pubkey, Instant expiresAt, boolean audited) {}

    /** The outcome of a redemption; the standing is null if it failed. */
    record Outcome(boolean blocked, @Nullable Standing standing) {}

    RedemptionStore(Database database, TrustModel model) {
        this.database = database;
        this.model = model;
    }

    /** Redeems all in one statement. Each has an outcome of its own, in the given order. */
    Future<List<Outcome>> redeem(List<Redemption> redemptions, Instant now) {
        TrustState newcomer = model.newcomer(now);
        Tuple parameters = Tuple.tuple()
                .addArrayOfUUID(redemptions.stream().map(Redemption::id).toArray(UUID[]::new))
                .addArrayOfString(redemptions.stream()
                        .map(redemption -> redemption.pubkey().hex())
                        .toArray(String[]::new))
                .addArrayOfOffsetDateTime(redemptions.stream()
                        .map(redemption -> SqlTime.of(redemption.expiresAt()))
                        .toArray(OffsetDateTime[]::new))
                .addOffsetDateTime(SqlTime.of(now))
                .addDouble(model.score(newcomer.balance()))
                .addDouble(newcomer.balance())
                .addString(model.policyVersion())
                .addArrayOfBoolean(redemptions.stream().map(Redemption::audited).toArray(Boolean[]::new));
        return database.execute(REDEEM, parameters).map(rows -> {
            List<Outcome> outcomes = new ArrayList<>(Collections.nCopies(redemptions.size(), new Outcome(false, null)));
            for (Row row : rows) {
                Standing standing = row.getBoolean("redeemed") ? StandingStore.of(row) : null;
                outcomes.set((int) (row.getLong("n") - 1), new Outcome(row.getBoolean("blocked"), standing));
            }
            return outcomes;
        });
    }

    /**
     * Deletes logins that ended so long ago that no challenge or signed request redeemed by them is valid any more, and
     * old counts of refusals: up to one batch of each. Fails as the database does.
     *
     * @param challengeTtl the lifetime of a challenge
     * @return whether more may be due
     */
    Future<Boolean> sweep(int batch, Duration challengeTtl, Instant now) {
        // A challenge may expire later than the login that it was redeemed for. A token without a login is refused as
        // a token of a revoked one.
        Instant before = now.minus(challengeTtl).minus(LOGINS_KEPT);
        return delete(DELETE_LOGINS, before, batch)
                .compose(more -> delete(DELETE_REVOKED_LOGINS, before, batch).map(also -> more || also))
                .compose(more ->
                        delete(DELETE_REFUSALS, now.minus(REFUSALS_KEPT), batch).map(also -> more || also));
    }

    private Future<Boolean> delete(String sql, Instant before, int batch) {
        return database.executeWithCustomPlan(sql, Tuple.of(SqlTime.of(before), batch))
                .map(deleted -> deleted.rowCount() == batch);
    }
}
