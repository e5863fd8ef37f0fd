package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.observe.Metrics;
import dev.nostrtrust.trust.model.Tier;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.util.EnumMap;
import java.util.Map;

/**
 * What operators watch of the ledger and of all identities, asked of the database now and then: it is the same
 * whichever node says it. While the database does not answer, it is not a number.
 */
public final class LedgerGauges {
    /** With more identities than these a sample of about so many is counted. */
    private static final double COUNTED = 500_000;

    private final Ledger ledger;
    private final Map<Tier, Double> tiers = new EnumMap<>(Tier.class);
    private volatile double entries = Double.NaN;
    private volatile double waiting = Double.NaN;
    private volatile double age = Double.NaN;

    public LedgerGauges(Ledger ledger, Metrics metrics) {
        this.ledger = ledger;
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
        return ledger.totals()
                .compose(totals -> {
                    double percent = totals.identities() <= COUNTED ? 100 : 100 * COUNTED / totals.identities();
                    return ledger.tiers(percent).onSuccess(counts -> set(totals, counts, percent));
                })
                .onFailure(away -> unknown())
                .mapEmpty();
    }

    private synchronized void set(Ledger.Totals totals, Map<Tier, Long> counts, double percent) {
        entries = totals.entries();
        waiting = totals.waiting();
        age = Math.max(0, totals.oldestWaitingSeconds());
        for (Tier tier : Tier.values()) {
            tiers.put(tier, counts.getOrDefault(tier, 0L) * 100 / percent);
        }
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
