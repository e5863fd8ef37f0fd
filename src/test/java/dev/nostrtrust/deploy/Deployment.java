package dev.nostrtrust.deploy;

import dev.nostrtrust.fixture.TestKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.Yaml;

/** What the files of deploy/ say. */
final class Deployment {
    /** What a person fills in. */
    static final Map<String, String> SECRETS = Map.of(
            "IMAGE", "image",
            "PUBLIC_ORIGINS", "https://trust.example",
            "POSTGRES_PASSWORD", "secret",
            "GRAFANA_PASSWORD", "secret",
            "DATABASE_URL", "postgresql://trust:secret@postgres:5432/trust",
            "TOKEN_KEYS", "first:" + TestKeys.key(1),
            "CHALLENGE_KEYS", "first:" + TestKeys.key(2));

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)(:[?-][^}]*)?}");

    private Deployment() {}

    static String text(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every document of a YAML file. */
    static List<YamlNode> yaml(String file) {
        List<YamlNode> documents = new ArrayList<>();
        new Yaml().loadAll(text(file)).forEach(document -> documents.add(new YamlNode(document)));
        return documents;
    }

    /** The variables of a file of lines {@code NAME=value}. */
    static Map<String, String> lines(String file) {
        Map<String, String> variables = new TreeMap<>();
        text(file).lines().filter(line -> line.matches("\\w+=.*")).forEach(line -> {
            int equals = line.indexOf('=');
            variables.put(line.substring(0, equals), line.substring(equals + 1));
        });
        return variables;
    }

    /** A text of compose.yaml with what a person fills in, and with its defaults for the rest. */
    static String filledIn(String text) {
        return VARIABLE.matcher(text).replaceAll(found -> SECRETS.getOrDefault(found.group(1), otherwise(found)));
    }

    private static String otherwise(MatchResult found) {
        String instead = found.group(2);
        return instead != null && instead.startsWith(":-") ? instead.substring(2) : found.group(1) + " is nowhere";
    }

    /** The variables that a text of compose.yaml takes from outside, with what it does where they are not set. */
    static Map<String, String> variables(String text) {
        Map<String, String> found = new TreeMap<>();
        for (MatchResult match : VARIABLE.matcher(text).results().toList()) {
            found.put(match.group(1), match.group(2) == null ? "" : match.group(2));
        }
        return found;
    }

    /** All that the first group of an expression finds in a text. */
    static List<String> all(String expression, String text) {
        return Pattern.compile(expression, Pattern.MULTILINE)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .toList();
    }
}
