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

/** A trust policy as a properties file of {@code TRUST_…} names, and of no others; what is left out has its default. */
final class PolicyFile {
    private PolicyFile() {}

    /**
     * Reads one.
     *
     * @throws IllegalStateException with everything that is wrong with it
     */
    static TrustPolicy read(Path file) {
        Properties properties = new Properties();
        try (Reader text = Files.newBufferedReader(file)) {
            properties.load(text);
        } catch (IOException e) {
            throw new UncheckedIOException("The policy in " + file + " cannot be read: " + FileFailure.reason(e), e);
        } catch (IllegalArgumentException e) { // A backslash and u that begin no character.
            throw new IllegalStateException("The policy in " + file + " cannot be read: " + e.getMessage(), e);
        }
        Map<String, String> variables = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> variables.put(name, properties.getProperty(name)));
        try {
            return TrustPolicy.parse(variables);
        } catch (PolicyException e) {
            throw new IllegalStateException(
                    "The policy in " + file + " cannot be used:\n  - " + String.join("\n  - ", e.problems()), e);
        }
    }
}
