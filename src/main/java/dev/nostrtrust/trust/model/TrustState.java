package dev.nostrtrust.trust.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of an identity in the trust model.
 *
 * @param balance in sats in the balance model, in points in the linear model
 * @param asOf the time of balance and tier
 * @param tier the tier at that time; hysteresis makes it depend on the past, not only on the score
 * @param lastSuccessAt the time of the latest success, which starts the idle time of the linear model
 */
public record TrustState(
        double balance, Instant asOf, Tier tier, @Nullable Instant lastSuccessAt) {

    public TrustState {
        if (!Double.isFinite(balance)) {
            throw new IllegalArgumentException("balance must be finite");
        }
    }
}
