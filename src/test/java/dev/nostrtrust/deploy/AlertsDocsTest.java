package dev.nostrtrust.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class AlertsDocsTest {
    private static final Path DOCS = Path.of("docs/alerts.md");

    @Test
    void every_alert_has_a_section_and_every_section_an_alert() throws IOException {
        assertThat(Files.readAllLines(DOCS).stream()
                        .filter(line -> line.startsWith("## "))
                        .map(line -> line.substring(3)))
                .containsExactlyInAnyOrderElementsOf(
                        Alert.all().stream().map(Alert::name).toList());
    }

    @Test
    void every_alert_has_a_summary_and_names_its_section() throws IOException {
        assertThat(Alert.all()).allSatisfy(alert -> {
            assertThat(alert.annotations().get("summary")).endsWith(".");
            assertThat(alert.annotations().get("runbook"))
                    .isEqualTo(DOCS + "#" + alert.name().toLowerCase(Locale.ROOT));
        });
    }
}
