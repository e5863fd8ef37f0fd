package dev.nostrtrust.app;

import dev.nostrtrust.config.FileFailure;
import dev.nostrtrust.trust.model.TrustPolicy;
import dev.nostrtrust.trust.model.TrustPolicy.PolicyException;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** Reads a trust policy from a properties file of {@code TRUST_…} names. Missing names have their defaults. */
final class PolicyFile {
    private PolicyFile() {}

    /**
     * Reads a policy.
     *
     * @throws IllegalStateException with all problems of the policy
     */
    static TrustPolicy read(Path file) {
        Properties properties = new Properties();
        try (Reader text = Files.newBufferedReader(file)) {
            properties.load(text);
        } catch (IOException e) {
            throw new UncheckedIOException("The policy in " + file + " cannot be read: " + FileFailure.reason(e), e);
        } catch (IllegalArgumentException e) { // An invalid Unicode escape.
            throw new IllegalStateException("The policy in " + file + " cannot be read: " + e.getMessage(), e);
        }
        Map<String, String> variables = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> variables.put(name, properties.getProperty(name)));
        try {
            return TrustPolicy.parse(variables);
        } catch (PolicyException e) {
            throw new IllegalStateException(
                    "The policy in " + file + " is invalid:\n  - " + String.join("\n  - ", e.problems()), e);
        }
    }
}
