package dev.nostrtrust.app;

import dev.nostrtrust.config.InvalidSettings;
import dev.nostrtrust.config.Origins;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import dev.nostrtrust.trust.model.TrustPolicy.PolicyException;
import java.util.ArrayList;
import java.util.List;

/** The validated settings and trust policy. */
record Configuration(Settings settings, TrustModel model) {

    /**
     * Reads the settings and the trust policy.
     *
     * @throws InvalidSettings with all problems of both
     */
    static Configuration read(SettingsReader reader) {
        List<String> problems = new ArrayList<>();
        Settings settings = null;
        TrustPolicy policy = null;
        try {
            settings = reader.settings();
        } catch (InvalidSettings e) {
            problems.addAll(e.problems());
        }
        try {
            policy = TrustPolicy.parse(reader.policyVariables());
        } catch (PolicyException e) {
            problems.addAll(e.problems());
        }
        if (settings == null || policy == null) {
            throw new InvalidSettings(problems);
        }
        return new Configuration(settings, new TrustModel(policy));
    }

    /** The origins for challenges: PUBLIC_ORIGINS, or localhost. */
    Origins origins() {
        int port = settings.httpPort();
        return new Origins(settings.publicOrigins()
                .orElseGet(() -> List.of("http://localhost:" + port, "http://127.0.0.1:" + port)));
    }
}
