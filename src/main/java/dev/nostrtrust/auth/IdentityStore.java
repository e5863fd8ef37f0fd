package dev.nostrtrust.auth;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.StandingStore;
import dev.nostrtrust.trust.model.Standing;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowIterator;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The tables {@code nostr_identities} and {@code logins} for requests of users: checks that the login is live and the
 * identity is not blocked, renews and ends logins, and records requests for erasure. Any thread.
 */
public final class IdentityStore {
    /**
     * The start of a statement for a user. Parameters: $1 the public key, $2 the login, $3 the current time. The row
     * {@code caller}, if it exists, has {@link StandingStore#COLUMNS}, {@code login_expires_at}, {@code live} and
     * {@code blocked}. {@link #check} reads it.
     */
    public static final String CALLER = "WITH caller AS (SELECT " + StandingStore.COLUMNS + """
            , l.expires_at AS login_expires_at,\s""" + live("$3") + """
             AS live
            FROM logins l JOIN nostr_identities i ON i.pubkey = l.pubkey
            WHERE l.id = $2 AND l.pubkey = $1)
            """;

    /**
     * The same for a statement with a change. It also counts the refusals of a blocked identity for each hour and
     * audits the first refusal of an hour.
     */
    public static final String CHANGING_CALLER = CALLER + """
            , refusals AS (
                INSERT INTO refusal_counts AS r (pubkey, action, hour)
                SELECT pubkey, 'refused_blocked', date_trunc('hour', $3, 'UTC') FROM caller WHERE live AND blocked
                ON CONFLICT (pubkey, action, hour) DO UPDATE SET count = r.count + 1
                RETURNING pubkey, action, count),
            audited_refusal AS (
                INSERT INTO audit_log (actor, action, subject)
                SELECT pubkey, action, pubkey FROM refusals WHERE count = 1)
            """;

    /** The condition that the login {@code l} of the identity {@code i} is live at a time, a parameter. */
    public static String live(String now) {
        return "(l.revoked_at IS NULL AND l.expires_at > " + now
                + " AND (i.tokens_valid_after IS NULL OR l.created_at > i.tokens_valid_after))";
    }

    private static final String FIND = CALLER + "SELECT * FROM caller";

    private static final String FIND_FOR_CHANGE = CHANGING_CALLER + "SELECT * FROM caller";

    private static final String REUSED = """
            ($5 AND l.generation > $4
             AND (l.generation > $4 + 1 OR l.renewed_at <= statement_timestamp() - make_interval(secs => $6)))""";

    // The second of two concurrent renewals waits for the row lock and sees the result of the first.
    // The time is that of the database, because the clocks of the nodes differ.
    private static final String RENEW = CHANGING_CALLER + """
            , renewed AS (
                UPDATE logins l
                SET generation = greatest(l.generation, $4 + 1),
                    renewed_at = CASE WHEN l.generation > $4 THEN l.renewed_at ELSE statement_timestamp() END,
                    revoked_at = CASE WHEN %1$s THEN $3 END
                FROM caller WHERE l.id = $2 AND l.revoked_at IS NULL AND caller.live AND NOT caller.blocked
                RETURNING l.pubkey, l.generation, %1$s AS reused),
            audited AS (
                INSERT INTO audit_log (actor, action, subject, detail)
                SELECT pubkey, 'token_reused', pubkey, $2::text FROM renewed WHERE reused)
            SELECT caller.*, renewed.generation, renewed.reused FROM caller LEFT JOIN renewed ON true""".formatted(REUSED);

    private static final String LOG_OUT = CALLER + """
            , ended AS (
                UPDATE logins l SET revoked_at = $3 FROM caller WHERE l.id = $2 AND caller.live RETURNING l.pubkey),
            audited AS (INSERT INTO audit_log (actor, action, subject) SELECT pubkey, 'logout', pubkey FROM ended)
            SELECT * FROM caller""";

    private static final String LOG_OUT_ALL = CALLER + """
            , ended AS (
                UPDATE nostr_identities i SET tokens_valid_after = clock_timestamp()
                FROM caller WHERE i.pubkey = caller.pubkey AND caller.live RETURNING i.pubkey),
            audited AS (INSERT INTO audit_log (actor, action, subject) SELECT pubkey, 'logout_all', pubkey FROM ended)
            SELECT * FROM caller""";

    // Redeems the challenge as a login does, with a row of its id. This login is revoked from the start.
    private static final String ERASE = CHANGING_CALLER + """
            , redeemed AS (
                INSERT INTO logins (id, pubkey, expires_at, revoked_at)
                SELECT $4, pubkey, $3, $3 FROM caller WHERE live AND NOT blocked
                ON CONFLICT (id) DO NOTHING
                RETURNING pubkey),
            leaving AS (
                UPDATE nostr_identities i SET erase_after = $5, tokens_valid_after = clock_timestamp()
                FROM redeemed WHERE i.pubkey = redeemed.pubkey RETURNING i.pubkey),
            audited AS (
                INSERT INTO audit_log (actor, action, subject, detail)
                SELECT pubkey, 'erasure_asked', pubkey, $4::text FROM leaving)
            SELECT caller.*, EXISTS (SELECT FROM leaving) AS leaving FROM caller""";

    private static final String LOG_OUT_IDENTITY = """
            WITH ended AS (
                UPDATE nostr_identities SET tokens_valid_after = clock_timestamp() WHERE pubkey = $1 RETURNING pubkey),
            audited AS (
                INSERT INTO audit_log (actor, action, subject, reason) SELECT $2, 'logins_revoked', pubkey, $3 FROM ended)
            SELECT pubkey FROM ended""";

    private static final String LOG_OUT_SLICE = """
            WITH slice AS MATERIALIZED (
                SELECT pubkey FROM nostr_identities WHERE pubkey > $1 ORDER BY pubkey LIMIT $4 FOR NO KEY UPDATE),
            ended AS (
                UPDATE nostr_identities i SET tokens_valid_after = clock_timestamp() FROM slice
                WHERE i.pubkey = slice.pubkey),
            audited AS (
                INSERT INTO audit_log (actor, action, reason) SELECT $2, 'all_logins_revoked', $3 WHERE $1 = '')
            SELECT max(pubkey) AS last, count(*) AS identities FROM slice""";

    private static final int SLICE = 5_000;

    private static final String REVOKE_LOGIN = """
            WITH found AS (SELECT id, revoked_at FROM logins WHERE id = $1 FOR NO KEY UPDATE),
            ended AS (
                UPDATE logins l SET revoked_at = coalesce(l.revoked_at, clock_timestamp())
                FROM found WHERE l.id = found.id RETURNING l.pubkey, found.revoked_at IS NULL AS changed),
            audited AS (
                INSERT INTO audit_log (actor, action, subject, detail, reason)
                SELECT $2, 'login_revoked', pubkey, $1::text, $3 FROM ended WHERE changed)
            SELECT pubkey FROM ended""";

    private static final String ERASE_IDENTITY = """
            WITH leaving AS (
                UPDATE nostr_identities SET erase_after = $4, tokens_valid_after = clock_timestamp()
                WHERE pubkey = $1 RETURNING pubkey),
            audited AS (
                INSERT INTO audit_log (actor, action, subject, reason) SELECT $2, 'erasure_asked', pubkey, $3 FROM leaving)
            SELECT pubkey FROM leaving""";

    private static final String KEEP_IDENTITY = """
            WITH found AS (SELECT pubkey, erase_after FROM nostr_identities WHERE pubkey = $1 FOR NO KEY UPDATE),
            kept AS (
                UPDATE nostr_identities i SET erase_after = NULL
                FROM found WHERE i.pubkey = found.pubkey AND found.erase_after IS NOT NULL RETURNING i.pubkey),
            audited AS (
                INSERT INTO audit_log (actor, action, subject, reason) SELECT $2, 'erasure_withdrawn', pubkey, $3 FROM kept)
            SELECT pubkey FROM found""";

    /** The time during which a replaced token is still accepted, for concurrent tabs and lost responses. */
    private static final Duration REUSE_GRACE = Duration.ofSeconds(60);

    private final Database database;
    private final InstantSource clock;

    /** The standing of a caller with a live login. */
    public record Known(Standing standing, Instant loginExpiresAt) {}

    /** A renewed login with the generation of its new token. */
    public record Renewed(Standing standing, Instant loginExpiresAt, long generation) {}

    public IdentityStore(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Checks that the login of a user is live and the identity is not blocked. Other scopes always pass.
     *
     * @return fails with {@code token_revoked} or {@code identity_blocked}
     */
    public Future<Caller> requireLive(Caller caller) {
        return caller.scope() == Scope.USER ? find(caller).map(caller) : Future.succeededFuture(caller);
    }

    /** The same before a change: also audits the refusal of a blocked identity. */
    public Future<Caller> requireMayAct(Caller caller) {
        return caller.scope() == Scope.USER ? findForChange(caller).map(caller) : Future.succeededFuture(caller);
    }

    public Future<Known> find(Caller caller) {
        return find(FIND, caller);
    }

    public Future<Known> findForChange(Caller caller) {
        return find(FIND_FOR_CHANGE, caller);
    }

    private Future<Known> find(String sql, Caller caller) {
        return database.execute(sql, parameters(caller, clock.instant())).map(rows -> {
            Row row = check(first(rows));
            return new Known(StandingStore.of(row), SqlTime.read(row, "login_expires_at"));
        });
    }

    /**
     * Renews a login: returns the generation of its next token. An expired token that was replaced earlier revokes the
     * login, because a thief may have copied the token.
     *
     * @return fails with {@code token_revoked}, {@code identity_blocked} or {@code token_reused}
     */
    public Future<Renewed> renew(TokenParser token) {
        Caller caller = token.caller();
        Instant now = clock.instant();
        Instant expiresAt = caller.expiresAt();
        boolean expired =
                expiresAt != null && expiresAt.plus(TokenParser.LEEWAY).isBefore(now);
        Tuple parameters = parameters(caller, now)
                .addLong(token.generation())
                .addBoolean(expired)
                .addDouble((double) REUSE_GRACE.toSeconds());
        return database.execute(RENEW, parameters).map(rows -> {
            Row row = check(first(rows));
            if (row.getLong("generation") == null) {
                throw revoked();
            }
            if (row.getBoolean("reused")) {
                throw ApiError.of(
                        ErrorCode.TOKEN_REUSED,
                        "The token has expired and was replaced before, so it may have been copied. The login is revoked."
                                + " Log in again.");
            }
            return new Renewed(StandingStore.of(row), SqlTime.read(row, "login_expires_at"), row.getLong("generation"));
        });
    }

    /** Ends the caller's login, or all logins of the identity. A blocked identity can log out too. */
    public Future<Void> logOut(Caller caller, boolean all) {
        return database.execute(all ? LOG_OUT_ALL : LOG_OUT, parameters(caller, clock.instant()))
                .map(rows -> {
                    checkLive(first(rows));
                    return null;
                });
    }

    /**
     * Ends all logins of the caller and schedules the erasure of the identity. A login before {@code eraseAfter}
     * cancels the erasure.
     *
     * @param challenge the id of the challenge to redeem
     * @return fails with {@code token_revoked}, {@code identity_blocked} or {@code challenge_used}
     */
    public Future<Void> erase(Caller caller, UUID challenge, Instant eraseAfter) {
        Tuple parameters =
                parameters(caller, clock.instant()).addUUID(challenge).addOffsetDateTime(SqlTime.of(eraseAfter));
        return database.execute(ERASE, parameters).map(rows -> {
            if (!check(first(rows)).getBoolean("leaving")) {
                throw ApiError.of(ErrorCode.CHALLENGE_USED, "The challenge was redeemed before. Request a new one.");
            }
            return null;
        });
    }

    /** Ends all logins of an identity for an operator. Fails with {@code identity_not_found}. */
    public Future<Void> revokeLogins(PublicKey pubkey, Actor actor) {
        return database.execute(LOG_OUT_IDENTITY, Tuple.of(pubkey.hex(), actor.name(), actor.reason()))
                .map(IdentityStore::requireFound);
    }

    /**
     * Ends all logins of all identities for an operator, a slice of identities at a time. A login that begins meanwhile
     * may stay.
     *
     * @return the number of identities
     */
    public Future<Long> revokeAllLogins(Actor actor) {
        return revokeLoginsAfter("", 0, actor);
    }

    private Future<Long> revokeLoginsAfter(String last, long before, Actor actor) {
        return database.execute(LOG_OUT_SLICE, Tuple.of(last, actor.name(), actor.reason(), SLICE))
                .compose(rows -> {
                    Row slice = rows.iterator().next();
                    long ended = before + slice.getLong("identities");
                    return slice.getLong("identities") < SLICE
                            ? Future.succeededFuture(ended)
                            : revokeLoginsAfter(slice.getString("last"), ended, actor);
                });
    }

    /** Ends one login for an operator. An ended one stays as it is. Fails with {@code login_not_found}. */
    public Future<Void> revokeLogin(UUID login, Actor actor) {
        return database.execute(REVOKE_LOGIN, Tuple.of(login, actor.name(), actor.reason()))
                .map(rows -> {
                    if (rows.size() == 0) {
                        throw ApiError.of(ErrorCode.LOGIN_NOT_FOUND, "There is no such login.");
                    }
                    return null;
                });
    }

    /**
     * Ends all logins of an identity and schedules its erasure for an operator. A later login cancels the erasure.
     *
     * @return fails with {@code identity_not_found}
     */
    public Future<Void> erase(PublicKey pubkey, Actor actor, Instant eraseAfter) {
        Tuple parameters = Tuple.of(pubkey.hex(), actor.name(), actor.reason(), SqlTime.of(eraseAfter));
        return database.execute(ERASE_IDENTITY, parameters).map(IdentityStore::requireFound);
    }

    /** Withdraws an erasure, if one is scheduled, for an operator. Fails with {@code identity_not_found}. */
    public Future<Void> withdrawErasure(PublicKey pubkey, Actor actor) {
        return database.execute(KEEP_IDENTITY, Tuple.of(pubkey.hex(), actor.name(), actor.reason()))
                .map(IdentityStore::requireFound);
    }

    private static @Nullable Void requireFound(RowSet<Row> rows) {
        if (rows.size() == 0) {
            throw ApiError.of(ErrorCode.IDENTITY_NOT_FOUND, "No identity with this public key is known.");
        }
        return null;
    }

    /** The parameters of {@link #CALLER}. A statement appends its own parameters. */
    public static Tuple parameters(Caller caller, Instant now) {
        return Tuple.tuple()
                .addString(caller.pubkeyHex())
                .addUUID(caller.login())
                .addOffsetDateTime(SqlTime.of(now));
    }

    /**
     * The row of the caller, checked.
     *
     * @throws ApiError {@code token_revoked} or {@code identity_blocked}
     */
    public static Row check(@Nullable Row caller) {
        Row row = checkLive(caller);
        if (row.getBoolean("blocked")) {
            throw blocked();
        }
        return row;
    }

    public static ApiError blocked() {
        return ApiError.of(ErrorCode.IDENTITY_BLOCKED, "The operator has blocked this identity.");
    }

    private static Row checkLive(@Nullable Row caller) {
        if (caller == null || !caller.getBoolean("live")) {
            throw revoked();
        }
        return caller;
    }

    private static ApiError revoked() {
        return ApiError.of(ErrorCode.TOKEN_REVOKED, "The login of this token is revoked or has expired. Log in again.");
    }

    private static @Nullable Row first(RowSet<Row> rows) {
        RowIterator<Row> iterator = rows.iterator();
        return iterator.hasNext() ? iterator.next() : null;
    }
}
