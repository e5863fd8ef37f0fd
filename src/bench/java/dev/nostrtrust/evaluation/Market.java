package dev.nostrtrust.evaluation;

import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A service that sells work, prepaid or on credit, and its ledger. A strategy moves its clock. Not thread-safe. */
final class Market {
    /** The share of a balance that may be owed at once: 1/m of the default policy (law L11). */
    static final double CREDIT_SHARE = 0.25;

    private final TrustModel model;
    private final Credit credit;
    private final Map<String, TrustState> states = new HashMap<>();
    private final Map<String, List<Long>> open = new HashMap<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private long kept;
    private long lost;
    private long ordered;
    private long refused;

    /** How much credit an identity gets. */
    enum Credit {
        /** From the tier established on, each order is done on credit, however much is owed. */
        UNCAPPED,
        /**
         * All open orders of an identity together are at most {@link #CREDIT_SHARE} of the balance that keeps its tier.
         */
        CAPPED
    }

    Market(TrustModel model, Credit credit) {
        this.model = model;
        this.credit = credit;
    }

    /** Work that is paid before it is done. */
    void buyPrepaid(String identity, long sats) {
        settle(identity, sats);
    }

    /** Orders work on credit; false if it is refused. */
    boolean order(String identity, long sats) {
        ordered += sats;
        if (!grants(identity, sats)) {
            refused += sats;
            return false;
        }
        open.computeIfAbsent(identity, key -> new ArrayList<>()).add(sats);
        return true;
    }

    /** Pays all open orders of an identity. */
    void pay(String identity) {
        takeOpen(identity).forEach(sats -> settle(identity, sats));
    }

    /** Does not pay the open orders of an identity. */
    void abandon(String identity) {
        takeOpen(identity).forEach(sats -> {
            lost += sats;
            states.put(identity, model.failure(state(identity), FaultReason.UNPAID, sats, now));
        });
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    Tier tier(String identity) {
        return state(identity).tier();
    }

    /** The largest order on credit that would be granted, up to a limit. */
    long available(String identity, long limit) {
        long sats = limit;
        while (sats > 0 && !grants(identity, sats)) {
            sats = sats * 9 / 10;
        }
        return sats;
    }

    /** Sats lost for each sat that was kept. */
    double lostPerSatKept() {
        return kept == 0 ? 0 : (double) lost / kept;
    }

    /** The share of the sats that were ordered on credit and refused. */
    double refusedShare() {
        return ordered == 0 ? 0 : (double) refused / ordered;
    }

    private boolean grants(String identity, long sats) {
        TrustState state = state(identity);
        if (state.tier().compareTo(Tier.ESTABLISHED) < 0) {
            return false;
        }
        long owed = open.getOrDefault(identity, List.of()).stream()
                .mapToLong(Long::longValue)
                .sum();
        return credit == Credit.UNCAPPED
                || owed + sats <= CREDIT_SHARE * model.balanceAt(model.policy().keepThreshold(state.tier()));
    }

    private List<Long> takeOpen(String identity) {
        List<Long> taken = open.remove(identity);
        return taken == null ? List.of() : taken;
    }

    private void settle(String identity, long sats) {
        kept += sats;
        states.put(identity, model.success(state(identity), sats, now));
    }

    private TrustState state(String identity) {
        TrustState state = states.get(identity);
        return state == null ? model.newcomer(now) : model.decay(state, now);
    }
}
