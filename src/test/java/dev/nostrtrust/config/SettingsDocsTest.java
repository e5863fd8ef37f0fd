package dev.nostrtrust.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.WithName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
        List<String> read = Arrays.stream(Settings.class.getMethods())
                .map(method -> method.getAnnotation(WithName.class))
                .map(WithName::value)
                .toList();

        assertThat(SettingsTable.names()).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(read);
    }

    @Test
    void every_setting_has_a_meaning_in_a_sentence() {
        assertThat(SettingsTable.page().lines().filter(line -> line.startsWith("| `")))
                .hasSameSizeAs(SettingsTable.names())
                .allMatch(line -> line.matches("\\| `[A-Z0-9_]+` \\| (`[^`]*`)? \\| \\S.*\\.(\\)\\.?)? \\|"));
    }
}
