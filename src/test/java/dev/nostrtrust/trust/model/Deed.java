package dev.nostrtrust.trust.model;

import java.time.Instant;

/** One thing that happens to an identity in a history made up by a test. */
sealed interface Deed {
    Instant at();

    /** What it adds to the balance at the time at which it happens. */
    double delta(TrustModel model);

    TrustState on(TrustModel model, TrustState state);

    /** Work that was paid for. */
    record Success(long sats, Instant at) implements Deed {
        @Override
        public double delta(TrustModel model) {
            return model.successDelta(sats);
        }

        @Override
        public TrustState on(TrustModel model, TrustState state) {
            return model.success(state, sats, at);
        }
    }

    /** Work that failed by the identity's doing. */
    record Failure(FaultReason reason, long sats, Instant at) implements Deed {
        @Override
        public double delta(TrustModel model) {
            return model.failureDelta(reason, sats);
        }

        @Override
        public TrustState on(TrustModel model, TrustState state) {
            return model.failure(state, reason, sats, at);
        }
    }

    /** A change by hand, or a reversal. */
    record Adjustment(double change, Instant at) implements Deed {
        @Override
        public double delta(TrustModel model) {
            return change;
        }

        @Override
        public TrustState on(TrustModel model, TrustState state) {
            return model.adjust(state, change, at);
        }
    }

    /** Nothing but the passing of time. */
    record Absence(Instant at) implements Deed {
        @Override
        public double delta(TrustModel model) {
            return 0;
        }

        @Override
        public TrustState on(TrustModel model, TrustState state) {
            return model.decay(state, at);
        }
    }
}
