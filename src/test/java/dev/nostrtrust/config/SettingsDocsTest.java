package dev.nostrtrust.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.trust.model.TrustPolicy;
import io.smallrye.config.WithName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Settings are declared once, and documented from there. */
class SettingsDocsTest {
    private static final Path PAGE = Path.of("docs", "settings.md");
    private static final Path MADE = Path.of("target", "settings.md");

    @Test
    void the_page_of_settings_is_what_their_declaration_makes_of_it() throws IOException {
        Files.writeString(MADE, SettingsTable.page());

        assertThat(Files.readString(PAGE))
                .as("%s is out of date; cp %s %s", PAGE, MADE, PAGE)
                .isEqualTo(SettingsTable.page());
    }

    @Test
    void every_setting_that_is_declared_is_read_and_the_other_way_round() {
        List<String> read = new ArrayList<>(TrustPolicy.names());
        Arrays.stream(Settings.class.getMethods())
                .map(method -> method.getAnnotation(WithName.class))
                .filter(Objects::nonNull)
                .map(WithName::value)
                .forEach(read::add);

        assertThat(SettingsTable.names()).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(read);
    }

    @Test
    void the_declared_policy_is_the_default_of_each_model() {
        Map<String, String> declared = SettingsReader.of(Map.of()).policyVariables();
        Map<String, String> linear =
                SettingsReader.of(Map.of("TRUST_MODEL", "linear")).policyVariables();

        assertThat(TrustPolicy.parse(declared)).isEqualTo(TrustPolicy.defaults());
        assertThat(TrustPolicy.parse(linear)).isEqualTo(TrustPolicy.parse(Map.of("TRUST_MODEL", "linear")));
    }

    @Test
    void every_setting_has_a_meaning_in_a_sentence() {
        assertThat(SettingsTable.page().lines().filter(line -> line.startsWith("| `")))
                .hasSameSizeAs(SettingsTable.names())
                .allMatch(line -> line.matches("\\| `[A-Z0-9_]+` \\| (`[^`]*`)? \\| \\S.*\\.(\\)\\.?)? \\|"));
    }
}
