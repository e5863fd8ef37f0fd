package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.observe.Metrics;
import dev.nostrtrust.trust.model.Tier;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.util.EnumMap;
import java.util.Map;

/**
 * The metrics of the ledger and of the identities, read from the database at intervals. Every node reports the same
 * values. While the database does not answer, the values are NaN. Thread-safe.
 */
public final class LedgerGauges {
    /** Above this number of identities, a sample of about this size is counted. */
    private static final double SAMPLE_SIZE = 500_000;

    private final Ledger ledger;
    private final Map<Tier, Double> tiers = new EnumMap<>(Tier.class);
    private volatile double entries = Double.NaN;
    private volatile double waiting = Double.NaN;
    private volatile double lag = Double.NaN;

    public LedgerGauges(Ledger ledger, Metrics metrics) {
        this.ledger = ledger;
        MeterRegistry registry = metrics.registry();
        Gauge.builder("trust.ledger.entries", this, gauges -> gauges.entries)
                .description("Scored facts in the ledger.")
                .strongReference(true)
                .register(registry);
        Gauge.builder("trust.ledger.waiting", this, gauges -> gauges.waiting)
                .description("Facts that are not scored yet.")
                .strongReference(true)
                .register(registry);
        Gauge.builder("trust.ledger.lag", this, gauges -> gauges.lag)
                .description("Age of the oldest unscored fact.")
                .baseUnit("seconds")
                .strongReference(true)
                .register(registry);
        for (Tier tier : Tier.values()) {
            Gauge.builder("trust.identities", this, gauges -> gauges.count(tier))
                    .description("Identities by tier after their last entry, without later decay.")
                    .tag("tier", tier.code())
                    .strongReference(true)
                    .register(registry);
        }
    }

    /**
     * Reads the values again.
     *
     * @return fails if the database does; all values are NaN then
     */
    public Future<Void> refresh() {
        return ledger.totals()
                .compose(totals -> {
                    double percent = totals.identities() <= SAMPLE_SIZE ? 100 : 100 * SAMPLE_SIZE / totals.identities();
                    return ledger.tiers(percent).onSuccess(counts -> set(totals, counts, percent));
                })
                .onFailure(failure -> clear())
                .mapEmpty();
    }

    private synchronized void set(Ledger.Totals totals, Map<Tier, Long> counts, double percent) {
        entries = totals.entries();
        waiting = totals.waiting();
        lag = Math.max(0, totals.oldestWaitingSeconds());
        for (Tier tier : Tier.values()) {
            tiers.put(tier, counts.getOrDefault(tier, 0L) * 100 / percent);
        }
    }

    private synchronized void clear() {
        tiers.clear();
        entries = Double.NaN;
        waiting = Double.NaN;
        lag = Double.NaN;
    }

    private synchronized double count(Tier tier) {
        return tiers.getOrDefault(tier, Double.NaN);
    }
}
