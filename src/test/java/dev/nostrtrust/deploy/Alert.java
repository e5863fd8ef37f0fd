package dev.nostrtrust.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.Yaml;

/** One of deploy/prometheus/alerts.yaml. */
record Alert(String name, String query, Map<String, String> annotations) {
    private static final Path FILE = Path.of("deploy/prometheus/alerts.yaml");

    Alert {
        annotations = Map.copyOf(annotations);
    }

    static List<Alert> all() throws IOException {
        Map<String, List<Map<String, List<Map<String, Object>>>>> file = new Yaml().load(Files.readString(FILE));
        return file.get("groups").stream()
                .flatMap(group -> group.get("rules").stream())
                .map(Alert::of)
                .toList();
    }

    private static Alert of(Map<String, Object> rule) {
        @SuppressWarnings("unchecked")
        Map<String, String> annotations = (Map<String, String>) rule.get("annotations");
        return new Alert((String) rule.get("alert"), (String) rule.get("expr"), annotations);
    }
}
