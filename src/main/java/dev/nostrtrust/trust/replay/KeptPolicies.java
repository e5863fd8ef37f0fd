package dev.nostrtrust.trust.replay;

import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import dev.nostrtrust.trust.model.TrustPolicy.PolicyException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The stored policies. A version is the hash of the policy's text, so each text is checked against it. Pure. */
final class KeptPolicies {
    private final Map<String, TrustModel> models = new HashMap<>();
    private final Map<String, String> problems = new TreeMap<>();

    /**
     * Checks all policies. {@link #model} and {@link #check} report the problems.
     *
     * @param canonical canonical forms by version
     */
    KeptPolicies(Map<String, String> canonical) {
        canonical.forEach((version, text) -> {
            String hash = TrustPolicy.version(text);
            if (!hash.equals(version)) {
                problems.put(version, "the stored text of policy " + version + " has the version " + hash);
                return;
            }
            try {
                models.put(version, new TrustModel(TrustPolicy.parseCanonical(text)));
            } catch (PolicyException e) {
                problems.put(version, "the stored text of policy " + version + " cannot be parsed: " + e.getMessage());
            }
        });
    }

    /** Whether a text is stored under this version, valid or not. */
    boolean contains(String version) {
        return models.containsKey(version) || problems.containsKey(version);
    }

    int count() {
        return models.size();
    }

    /**
     * The model of a policy.
     *
     * @param where the row that names the policy
     * @throws Divergence if the text is not stored or does not match its version
     */
    TrustModel model(Supplier<String> where, String version) {
        TrustModel model = models.get(version);
        if (model == null) {
            String missing = "the text of policy " + version + " is not stored";
            throw new Divergence(where.get() + ", policy_version: " + problems.getOrDefault(version, missing));
        }
        return model;
    }

    /**
     * Checks that all policies are valid.
     *
     * @throws Divergence that names the first invalid policy
     */
    void check() {
        if (!problems.isEmpty()) {
            throw new Divergence(
                    "trust_policies: " + problems.values().iterator().next());
        }
    }
}
