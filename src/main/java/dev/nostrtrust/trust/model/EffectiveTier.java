package dev.nostrtrust.trust.model;

import dev.nostrtrust.json.Json;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The tier that counts at a moment, with everything that an operator decided.
 *
 * @param tier the locked tier, or the tier of the model with decay
 * @param blocked whether an operator blocked the identity, whatever its tier
 * @param until the time at which decay lowers the tier if nothing else happens; null if it never does
 */
public record EffectiveTier(
        Tier tier, boolean blocked, @Nullable Instant until) {
    /** The tier of callers without an identity. */
    public static final EffectiveTier ANONYMOUS = new EffectiveTier(Tier.ANONYMOUS, false, null);

    /** Adds {@code trust_tier}, {@code blocked} and {@code tier_until} to a JSON object. */
    public Json.Obj.Builder addTo(Json.Obj.Builder json) {
        return json.put("trust_tier", tier.code()).put("blocked", blocked).put("tier_until", until);
    }
}
