package dev.nostrtrust.config;

import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.WithName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * Reads {@link Settings} and the variables of the trust policy from, each winning over the one before: the packaged
 * application.properties, ./conf/application.properties, the environment. Nothing else reads the environment.
 */
public final class SettingsReader {
    private static final String FILE = "application.properties";
    private static final String POLICY_PREFIX = "TRUST_";

    private final Map<String, String> values;

    private final List<String> strangers;

    private SettingsReader(Map<String, String> values, List<String> strangers) {
        this.values = values;
        this.strangers = strangers;
    }

    /** The settings of this process. */
    public static SettingsReader ofProcess() {
        return of(Path.of("conf", FILE), System.getenv());
    }

    /** Those of a process with this file, which need not be there, and this environment. */
    static SettingsReader of(Path local, Map<String, String> environment) {
        Map<String, String> values = packaged();
        Map<String, String> ours = Map.of();
        List<String> strangers = new ArrayList<>();
        try {
            ours = Files.exists(local) ? load(local) : Map.of();
        } catch (IOException e) {
            strangers.add(local + " cannot be read: " + FileFailure.reason(e));
        } catch (IllegalArgumentException e) { // A backslash and u that begin no character.
            strangers.add(local + " cannot be read: it holds \\u without four hexadecimal digits");
        }
        // The environment is everybody's: only in a file of ours a name that is not known is a mistake. The policy's
        // parser knows its own names.
        List<String> names = ours.keySet().stream()
                .filter(name -> !name.startsWith(POLICY_PREFIX))
                .toList();
        strangers.addAll(SettingParser.unknownNames(local.toString(), names, values.keySet()));
        values.putAll(ours);
        values.putAll(environment);
        return new SettingsReader(values, strangers);
    }

    /** The packaged defaults with some values replaced: what tests start from. */
    public static SettingsReader of(Map<String, String> replaced) {
        Map<String, String> values = packaged();
        values.putAll(replaced);
        return new SettingsReader(values, List.of());
    }

    /**
     * The settings, checked.
     *
     * @throws InvalidSettings with every problem at once
     */
    public Settings settings() {
        List<String> problems = new ArrayList<>(strangers);
        Settings settings = map(Settings.class, problems);
        problems.addAll(SettingsCheck.problems(settings));
        refuse(problems);
        return settings;
    }

    /**
     * The settings of one who is in the cluster and no server.
     *
     * @throws InvalidSettings with every problem at once
     */
    public ClusterSettings cluster() {
        List<String> problems = new ArrayList<>();
        ClusterSettings settings = map(ClusterSettings.class, problems);
        refuse(problems);
        return settings;
    }

    private static void refuse(List<String> problems) {
        if (!problems.isEmpty()) {
            throw new InvalidSettings(problems);
        }
    }

    private <T> T map(Class<T> mapping, List<String> problems) {
        SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(readable(mapping, problems), "settings", 100))
                .withConverter(Duration.class, 200, new SettingParser.DurationConverter())
                .withMapping(mapping)
                .withValidateUnknown(false)
                .addDefaultInterceptors();
        try {
            SmallRyeConfig config = builder.build();
            return config.getConfigMapping(mapping);
        } catch (ConfigValidationException e) {
            for (int i = 0; i < e.getProblemCount(); i++) {
                problems.add(e.getProblem(i).getMessage());
            }
            throw new InvalidSettings(problems);
        }
    }

    /**
     * What cannot be read is a problem, and its default stands in for it, so that the rest can be checked all the same.
     */
    private Map<String, String> readable(Class<?> mapping, List<String> problems) {
        Map<String, String> readable = new TreeMap<>();
        Map<String, String> defaults = packaged();
        for (Method method : mapping.getMethods()) {
            WithName named = method.getAnnotation(WithName.class);
            if (named != null) {
                String name = named.value();
                try {
                    readable.put(name, SettingParser.canonical(method.getGenericReturnType(), value(name)));
                } catch (IllegalArgumentException e) {
                    problems.add(name + " " + e.getMessage());
                    readable.put(name, defaults.getOrDefault(name, ""));
                }
            }
        }
        Collections.sort(problems);
        return readable;
    }

    /** One setting as it was written; empty where it is not set. */
    String value(String name) {
        return values.getOrDefault(name, "").strip();
    }

    /** The {@code TRUST_…} variables that are set, for the policy's own parser. */
    public Map<String, String> policyVariables() {
        Map<String, String> policy = new TreeMap<>();
        values.forEach((name, value) -> {
            if (name.startsWith(POLICY_PREFIX)) {
                policy.put(name, value);
            }
        });
        return policy;
    }

    private static Map<String, String> packaged() {
        try (InputStream in = SettingsReader.class.getResourceAsStream("/" + FILE)) {
            if (in == null) {
                throw new IllegalStateException("the packaged " + FILE + " is missing");
            }
            return load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, String> load(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return load(in);
        }
    }

    private static Map<String, String> load(InputStream in) throws IOException {
        Properties properties = new Properties();
        properties.load(in);
        Map<String, String> values = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> values.put(name, properties.getProperty(name)));
        return values;
    }
}
