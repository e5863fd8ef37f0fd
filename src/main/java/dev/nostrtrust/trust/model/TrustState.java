package dev.nostrtrust.trust.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the model knows of an identity.
 *
 * @param balance in sats for the balance model, in points for the linear one
 * @param asOf the time of which balance and tier are
 * @param tier the tier held at that time; hysteresis makes it more than a function of the score
 * @param lastSuccessAt when work last succeeded; the linear model's idle clock
 */
public record TrustState(
        double balance, Instant asOf, Tier tier, @Nullable Instant lastSuccessAt) {

    public TrustState {
        if (!Double.isFinite(balance)) {
            throw new IllegalArgumentException("a balance is finite");
        }
    }
}
