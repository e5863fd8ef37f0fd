package dev.nostrtrust.trust.model;

import java.time.Instant;

/** One event in a generated history. */
sealed interface Deed {
    Instant at();

    /** The change of the balance by this event, before decay. */
    double delta(TrustModel model);

    TrustState on(TrustModel model, TrustState state);

    /** Paid work. */
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

    /** Work that failed and for which the identity is responsible. */
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

    /** An adjustment or a reversal. */
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

    /** The passing of time without an event. */
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
