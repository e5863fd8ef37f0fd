package dev.nostrtrust.trust.replay;

import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import dev.nostrtrust.trust.model.TrustPolicy.PolicyException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The policies whose texts are kept, each proven by its version, which is the hash of its text. Pure. */
final class KeptPolicies {
    private final Map<String, TrustModel> models = new HashMap<>();
    private final Map<String, String> problems = new TreeMap<>();

    /**
     * Checks them all; what is wrong with one is said when it is asked for.
     *
     * @param canonical their texts by their versions
     */
    KeptPolicies(Map<String, String> canonical) {
        canonical.forEach((version, text) -> {
            String hash = TrustPolicy.version(text);
            if (!hash.equals(version)) {
                problems.put(version, "the kept text of policy " + version + " has the version " + hash);
                return;
            }
            try {
                models.put(version, new TrustModel(TrustPolicy.parseCanonical(text)));
            } catch (PolicyException e) {
                problems.put(version, "the kept text of policy " + version + " cannot be read: " + e.getMessage());
            }
        });
    }

    /** Whether there is a text under this version, sound or not. */
    boolean knows(String version) {
        return models.containsKey(version) || problems.containsKey(version);
    }

    int count() {
        return models.size();
    }

    /**
     * The model under a policy.
     *
     * @param where who names it
     * @throws Divergence when its text is not kept, or is not what its version says
     */
    TrustModel model(Supplier<String> where, String version) {
        TrustModel model = models.get(version);
        if (model == null) {
            String missing = "the text of policy " + version + " is not kept";
            throw new Divergence(where.get() + ", policy_version: " + problems.getOrDefault(version, missing));
        }
        return model;
    }

    /**
     * Nothing, if all are sound.
     *
     * @throws Divergence which names the first that is not
     */
    void check() {
        if (!problems.isEmpty()) {
            throw new Divergence(
                    "trust_policies: " + problems.values().iterator().next());
        }
    }
}
