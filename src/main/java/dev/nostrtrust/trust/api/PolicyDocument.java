package dev.nostrtrust.trust.api;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustPolicy;

/** The JSON document of the current policy. */
final class PolicyDocument {
    private PolicyDocument() {}

    static Json.Obj of(TrustPolicy policy) {
        Json.Obj.Builder tiers = Json.object();
        Json.Obj.Builder floors = Json.object();
        for (Tier tier : Tier.values()) {
            if (tier != Tier.ANONYMOUS) {
                tiers.put(tier.code(), policy.threshold(tier));
            }
        }
        for (FaultReason reason : FaultReason.values()) {
            floors.put(reason.code(), policy.faultFloor(reason));
        }
        return Json.object()
                .put("policy_version", policy.version())
                .put("model", policy.model().code())
                .put("half_life_days", policy.halfLifeDays())
                .put("halfway_sats", policy.halfwaySats())
                .put("baseline", policy.baseline())
                .put("credit_per_sat", policy.creditPerSat())
                .put("credit_flat", policy.creditFlat())
                .put("fault_multiplier", policy.faultMultiplier())
                .put("fault_floor_sats", floors.build())
                .put("tiers", tiers.build())
                .put("tier_hysteresis", policy.hysteresis())
                .put("decay_grace_days", policy.decayGraceDays())
                .put("decay_points_per_day", policy.decayPointsPerDay())
                .build();
    }
}
