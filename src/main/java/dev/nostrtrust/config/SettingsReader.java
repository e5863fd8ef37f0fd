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
import java.util.function.Function;

/**
 * Reads {@link Settings} and the variables of the trust policy. The sources, in ascending priority: the packaged
 * application.properties, ./conf/application.properties, the environment. No other class reads the environment.
 */
public final class SettingsReader {
    private static final String FILE = "application.properties";
    private static final String POLICY_PREFIX = "TRUST_";

    private final Map<String, String> values;

    private final List<String> unknown;

    private SettingsReader(Map<String, String> values, List<String> unknown) {
        this.values = values;
        this.unknown = unknown;
    }

    /** A reader for the settings of this process. */
    public static SettingsReader ofProcess() {
        return of(Path.of("conf", FILE), System.getenv());
    }

    /** A reader for a file, which may be missing, and an environment. */
    static SettingsReader of(Path local, Map<String, String> environment) {
        Map<String, String> values = packaged();
        Map<String, String> ours = Map.of();
        List<String> unknown = new ArrayList<>();
        try {
            ours = Files.exists(local) ? load(local) : Map.of();
        } catch (IOException e) {
            unknown.add(local + " cannot be read: " + FileFailure.reason(e));
        } catch (IllegalArgumentException e) { // Properties.load throws this for an invalid unicode escape.
            unknown.add(local + " cannot be read: it has \\u without four hexadecimal digits");
        }
        // Other programs share the environment: a name there is an error only if it is close to one of ours. The
        // parser of the policy checks its own names.
        List<String> names = ours.keySet().stream()
                .filter(name -> !name.startsWith(POLICY_PREFIX))
                .toList();
        unknown.addAll(SettingParser.unknownNames(local.toString(), names, values.keySet()));
        unknown.addAll(SettingParser.misspelledNames(environment.keySet(), values.keySet()));
        values.putAll(ours);
        values.putAll(environment);
        return new SettingsReader(values, unknown);
    }

    /** A reader for the packaged defaults with some values replaced, for tests. */
    public static SettingsReader of(Map<String, String> replaced) {
        Map<String, String> values = packaged();
        values.putAll(replaced);
        return new SettingsReader(values, List.of());
    }

    /**
     * The checked settings.
     *
     * @throws InvalidSettings with all problems
     */
    public Settings settings() {
        return settings(SettingsCheck::problems);
    }

    /**
     * The checked settings of a command that uses the database only: keys and origins may be missing.
     *
     * @throws InvalidSettings with all problems
     */
    public Settings databaseSettings() {
        return settings(SettingsCheck::problemsWithoutServing);
    }

    private Settings settings(Function<Settings, List<String>> check) {
        List<String> problems = new ArrayList<>(unknown);
        Settings settings = map(Settings.class, problems);
        problems.addAll(check.apply(settings));
        refuse(problems);
        return settings;
    }

    /**
     * The checked settings of a consumer: only those of the cluster.
     *
     * @throws InvalidSettings with all problems
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
     * Adds a problem for each unreadable value and replaces it by its default, so that the other values are checked
     * too.
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

    /** The text of one setting; empty if it is not set. */
    String value(String name) {
        return values.getOrDefault(name, "").strip();
    }

    /** The {@code TRUST_…} variables; an empty one is not set. */
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
