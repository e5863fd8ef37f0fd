package dev.nostrtrust.login;

import dev.nostrtrust.config.Settings;
import dev.nostrtrust.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;

/**
 * Forgets logins that ended so long ago that nothing which was redeemed with them could be sent again: a row is what
 * makes a challenge, or a signed request, good for once only. Forgets counts of refusals, too. Any thread.
 */
public final class LoginSweep {
    /** For clocks that were wrong, and for whoever wants to look at what happened. */
    private static final Duration REMEMBERED = Duration.ofDays(1);

    private static final String FORGET = """
            WITH ended AS MATERIALIZED (
                SELECT id FROM logins WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
            DELETE FROM logins WHERE id IN (SELECT id FROM ended)""";

    /** How long counts of refusals are kept. */
    private static final Duration REFUSALS_KEPT = Duration.ofDays(90);

    private static final String FORGET_REFUSALS = """
            WITH old AS MATERIALIZED (
                SELECT pubkey, action, hour FROM refusal_counts WHERE hour < $1
                ORDER BY hour LIMIT $2 FOR UPDATE SKIP LOCKED)
            DELETE FROM refusal_counts r USING old
            WHERE (r.pubkey, r.action, r.hour) = (old.pubkey, old.action, old.hour)""";

    private final Database database;
    private final Settings settings;
    private final InstantSource clock;

    public LoginSweep(Database database, Settings settings, InstantSource clock) {
        this.database = database;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Forgets up to a sweep's batch of each. Fails as the database does.
     *
     * @return whether there may be more
     */
    public Future<Boolean> sweep() {
        // A challenge may outlast the login that it was redeemed for.
        Instant before = clock.instant().minus(settings.challengeTtl()).minus(REMEMBERED);
        return forget(FORGET, before)
                .compose(more -> forget(FORGET_REFUSALS, clock.instant().minus(REFUSALS_KEPT))
                        .map(moreRefusals -> more || moreRefusals));
    }

    private Future<Boolean> forget(String sql, Instant before) {
        return database.execute(sql, Tuple.of(before.atOffset(ZoneOffset.UTC), settings.sweepBatch()))
                .map(forgotten -> forgotten.rowCount() == settings.sweepBatch());
    }
}
