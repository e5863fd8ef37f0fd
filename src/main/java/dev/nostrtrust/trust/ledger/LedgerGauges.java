package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.observe.Metrics;
import dev.nostrtrust.trust.model.Tier;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.EnumMap;
import java.util.Map;

/**
 * What operators watch of the ledger and of all identities, asked of the database now and then: it is the same
 * whichever node says it. While the database does not answer, it is not a number.
 */
public final class LedgerGauges {
    /** With more identities than these a sample of about so many is counted. */
    private static final double COUNTED = 500_000;

    private static final String LEDGER = """
            SELECT (SELECT seq FROM trust_head) AS entries,
                   (SELECT count(*) FROM trust_ledger WHERE seq IS NULL) AS waiting,
                   (SELECT extract(epoch FROM now() - min(occurred_at)) FROM trust_ledger WHERE seq IS NULL)::float8 AS age,
                   (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'nostr_identities'::regclass)::float8 AS identities""";

    private static final String TIERS =
            "SELECT tier, count(*) AS counted FROM nostr_identities TABLESAMPLE SYSTEM ($1) GROUP BY tier";

    private final Database database;
    private final Map<Tier, Double> tiers = new EnumMap<>(Tier.class);
    private volatile double entries = Double.NaN;
    private volatile double waiting = Double.NaN;
    private volatile double age = Double.NaN;

    public LedgerGauges(Database database, Metrics metrics) {
        this.database = database;
        MeterRegistry registry = metrics.registry();
        Gauge.builder("trust.ledger.entries", this, census -> census.entries)
                .description("Facts that have their place in the ledger.")
                .strongReference(true)
                .register(registry);
        Gauge.builder("trust.ledger.waiting", this, census -> census.waiting)
                .description("Facts that are not scored yet.")
                .strongReference(true)
                .register(registry);
        Gauge.builder("trust.ledger.lag", this, census -> census.age)
                .description("How long ago the oldest fact occurred that is not scored yet.")
                .baseUnit("seconds")
                .strongReference(true)
                .register(registry);
        for (Tier tier : Tier.values()) {
            Gauge.builder("trust.identities", this, census -> census.of(tier))
                    .description(
                            "Identities by the tier that their last entry left them with; absence is not counted in.")
                    .tag("tier", tier.code())
                    .strongReference(true)
                    .register(registry);
        }
    }

    /**
     * Counts anew.
     *
     * @return fails as the database does; then nothing is known
     */
    public Future<Void> take() {
        return database.execute(LEDGER, Tuple.tuple())
                .map(rows -> rows.iterator().next())
                .compose(row -> {
                    double all = row.getDouble("identities");
                    double percent = all <= COUNTED ? 100 : 100 * COUNTED / all;
                    return database.execute(TIERS, Tuple.of(percent)).onSuccess(counts -> {
                        counted(counts, percent);
                        ledger(row);
                    });
                })
                .onFailure(away -> unknown())
                .mapEmpty();
    }

    private void ledger(Row row) {
        Double oldest = row.getDouble("age");
        entries = row.getLong("entries");
        waiting = row.getLong("waiting");
        age = oldest == null ? 0 : Math.max(0, oldest);
    }

    private synchronized void counted(Iterable<Row> counts, double percent) {
        for (Tier tier : Tier.values()) {
            tiers.put(tier, 0.0);
        }
        counts.forEach(row -> tiers.put(Tier.of(row.getString("tier")), row.getLong("counted") * 100 / percent));
    }

    private synchronized void unknown() {
        tiers.clear();
        entries = Double.NaN;
        waiting = Double.NaN;
        age = Double.NaN;
    }

    private synchronized double of(Tier tier) {
        return tiers.getOrDefault(tier, Double.NaN);
    }
}
