package dev.nostrtrust.operator;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.operator.IdentityListing.Filter;
import dev.nostrtrust.operator.IdentityListing.Listed;
import dev.nostrtrust.operator.IdentityListing.Page;
import dev.nostrtrust.trust.ledger.StandingStore;
import dev.nostrtrust.trust.model.Tier;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads identities for operators, in the order of their keys. A page reads a limited number of rows, however few of
 * them are selected, because an index for each selection would cost every login and every fact. Any thread.
 */
final class IdentityListStore {
    /** The most rows that one page reads. */
    static final int SLICE = 20_000;

    private static final String COLUMNS = StandingStore.COLUMNS + """
            , i.last_seen, i.created_at, i.blocked_at, i.tokens_valid_after, i.erase_after, i.erased_at""";

    private static final String FIND = "SELECT " + COLUMNS + " FROM nostr_identities i WHERE i.pubkey = $1";

    // One row at least: it has the end of the slice. The balance is decayed as by the balance model; $8 is its
    // half-life
    // in seconds, null for the linear model.
    private static final String LIST = """
            WITH slice AS MATERIALIZED (
                SELECT *, balance * CASE WHEN $8::float8 IS NULL THEN 1
                    ELSE power(2, -greatest(0, extract(epoch FROM $7::timestamptz - balance_as_of)::float8) / $8) END AS decayed
                FROM nostr_identities WHERE pubkey > $1 ORDER BY pubkey LIMIT $2),
            whole AS (SELECT count(*) AS rows, max(pubkey) AS last FROM slice)
            SELECT whole.rows AS slice_rows, whole.last AS slice_last, %s
            FROM whole LEFT JOIN LATERAL (
                SELECT * FROM slice s
                WHERE ($3::text IS NULL OR s.tier_locked = $3 OR (s.tier_locked IS NULL AND s.tier = ANY($4)))
                      AND ($5::boolean IS NULL OR (s.blocked_at IS NOT NULL) = $5)
                      AND ($9::timestamptz IS NULL OR s.last_seen >= $9)
                      AND ($10::timestamptz IS NULL OR s.last_seen < $10)
                      AND ($11::float8 IS NULL OR s.decayed >= $11)
                      AND ($12::float8 IS NULL OR s.decayed <= $12)
                ORDER BY s.pubkey LIMIT $6) i ON true
            ORDER BY i.pubkey""".formatted(COLUMNS);

    private final Database database;

    IdentityListStore(Database database) {
        this.database = database;
    }

    Future<Optional<Listed>> find(PublicKey pubkey) {
        return database.execute(FIND, Tuple.of(pubkey.hex()))
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(listed(rows.iterator().next())));
    }

    /**
     * A page of identities.
     *
     * @param candidates the stored tiers from which the tier of the filter can follow; the caller checks the tier again
     * @param halfLifeSeconds of balances; null in the linear model
     * @param after the key before the first one; empty for the first page
     */
    Future<Page> list(
            Filter filter,
            List<Tier> candidates,
            @Nullable Double halfLifeSeconds,
            String after,
            int limit,
            Instant now) {
        Tuple parameters = Tuple.tuple()
                .addString(after)
                .addInteger(SLICE)
                .addString(filter.tier() == null ? null : filter.tier().code())
                .addArrayOfString(candidates.stream().map(Tier::code).toArray(String[]::new))
                .addBoolean(filter.blocked())
                .addInteger(limit)
                .addOffsetDateTime(SqlTime.of(now))
                .addDouble(halfLifeSeconds)
                .addOffsetDateTime(SqlTime.ofNullable(filter.seenSince()))
                .addOffsetDateTime(SqlTime.ofNullable(filter.seenBefore()))
                .addDouble(filter.minBalance())
                .addDouble(filter.maxBalance());
        return database.executeWithCustomPlan(LIST, parameters).map(rows -> {
            List<Listed> found = new ArrayList<>();
            String next = null;
            for (Row row : rows) {
                next = row.getLong("slice_rows") < SLICE ? null : row.getString("slice_last");
                if (row.getString("pubkey") != null) {
                    found.add(listed(row));
                }
            }
            return new Page(
                    found,
                    found.size() < limit
                            ? next
                            : found.get(limit - 1).standing().pubkey().hex());
        });
    }

    private static Listed listed(Row row) {
        return new Listed(
                StandingStore.of(row),
                SqlTime.read(row, "last_seen"),
                SqlTime.read(row, "created_at"),
                SqlTime.readNullable(row, "blocked_at"),
                SqlTime.readNullable(row, "tokens_valid_after"),
                SqlTime.readNullable(row, "erase_after"),
                SqlTime.readNullable(row, "erased_at"));
    }
}
