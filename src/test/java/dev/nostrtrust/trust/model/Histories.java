package dev.nostrtrust.trust.model;

import dev.nostrtrust.trust.model.TrustPolicy.Model;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Generates histories: events of every kind, on time and late, seconds to years apart, some of them reversed. */
final class Histories {
    static final Instant START = Instant.parse("2025-01-01T00:00:00Z");
    static final int MAX_DEEDS = 30;

    private final Random random;
    private final TrustModel model;

    Histories(Random random, TrustModel model) {
        this.random = random;
        this.model = model;
    }

    /** The state after a history of up to 30 events. */
    TrustState state() {
        return after(model.newcomer(START), deeds(START));
    }

    /** The state after these events, in this order. */
    TrustState after(TrustState state, List<Deed> deeds) {
        TrustState then = state;
        for (Deed deed : deeds) {
            then = deed.on(model, then);
        }
        return then;
    }

    /** Up to 30 events in the order of their arrival, about a quarter of them late. */
    List<Deed> deeds(Instant from) {
        List<Deed> deeds = new ArrayList<>();
        Instant now = from;
        for (int count = random.nextInt(MAX_DEEDS + 1); count > 0; count--) {
            boolean late = random.nextInt(4) == 0;
            now = late ? now : now.plus(gap());
            deeds.add(deed(deeds, late ? now.minus(gap()) : now));
        }
        return deeds;
    }

    Deed success(Instant at) {
        return new Deed.Success(sats(), at);
    }

    Deed failure(Instant at) {
        FaultReason[] reasons = FaultReason.values();
        return new Deed.Failure(reasons[random.nextInt(reasons.length)], sats(), at);
    }

    /** From a thousandth of the halfway balance to ten times the halfway balance; one time in fifty 0. */
    long sats() {
        double sats = model.policy().halfwaySats() * StrictMath.pow(10, 4 * random.nextDouble() - 3);
        return random.nextInt(50) == 0 ? 0 : Math.max(1, (long) sats);
    }

    /** Up to three times the halfway balance, or 60 points. */
    double change() {
        double max =
                model.policy().model() == Model.LINEAR ? 60 : 3 * model.policy().halfwaySats();
        return max * random.nextDouble();
    }

    /** From a second to three years, in microseconds, with a uniform order of magnitude. */
    Duration gap() {
        double seconds = StrictMath.pow(3 * 365.25 * 86_400, random.nextDouble());
        return Duration.of((long) (seconds * 1e6), ChronoUnit.MICROS);
    }

    /** A time up to three years before or after another. */
    Instant around(Instant time) {
        return random.nextBoolean() ? time.plus(gap()) : time.minus(gap());
    }

    /** The sum of the absolute changes by these events; the tolerance of rounding errors depends on it. */
    double moved(List<Deed> deeds) {
        return deeds.stream().mapToDouble(deed -> Math.abs(deed.delta(model))).sum();
    }

    private Deed deed(List<Deed> before, Instant at) {
        int dice = random.nextInt(100);
        if (dice < 5 && !before.isEmpty()) {
            Deed reversed = before.get(random.nextInt(before.size()));
            return new Deed.Adjustment(-reversed.delta(model), reversed.at());
        }
        if (dice < 55) {
            return success(at);
        }
        if (dice < 75) {
            return failure(at);
        }
        return dice < 90 ? new Deed.Adjustment(random.nextBoolean() ? change() : -change(), at) : new Deed.Absence(at);
    }
}
