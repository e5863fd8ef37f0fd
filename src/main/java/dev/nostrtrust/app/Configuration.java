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
import java.util.function.Function;

/** The validated settings and trust policy. */
record Configuration(Settings settings, TrustModel model) {

    /**
     * Reads the settings and the trust policy.
     *
     * @throws InvalidSettings with all problems of both
     */
    static Configuration read(SettingsReader reader) {
        return read(reader, SettingsReader::settings);
    }

    /** The same for a command that uses the database only: keys and origins may be missing. */
    static Configuration readForDatabase(SettingsReader reader) {
        return read(reader, SettingsReader::databaseSettings);
    }

    private static Configuration read(SettingsReader reader, Function<SettingsReader, Settings> read) {
        List<String> problems = new ArrayList<>();
        Settings settings = null;
        TrustPolicy policy = null;
        try {
            settings = read.apply(reader);
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
