package dev.nostrtrust.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class LogPropertyDefinerTest {
    private static final Map<String, String> OF_ITS_OWN = Map.of("DATABASE_URL", "");
    private static final Map<String, String> FOR_REAL = Map.of("DATABASE_URL", "postgresql://host/db");

    private static String value(String name, Map<String, String> settings) {
        LogPropertyDefiner setting = new LogPropertyDefiner();
        setting.setName(name);
        return setting.valueIn(SettingsReader.of(settings));
    }

    @Test
    void people_who_try_it_out_read_text_and_machines_json() {
        assertThat(value("LOG_FORMAT", OF_ITS_OWN)).isEqualTo("text");
        assertThat(value("LOG_FORMAT", FOR_REAL)).isEqualTo("json");
    }

    @Test
    void a_set_format_wins() {
        assertThat(value("LOG_FORMAT", Map.of("LOG_FORMAT", "JSON"))).isEqualTo("json");
        assertThat(value("LOG_FORMAT", Map.of("LOG_FORMAT", "text", "DATABASE_URL", "postgresql://host/db")))
                .isEqualTo("text");
        assertThat(value("LOG_LEVEL", Map.of("LOG_LEVEL", "DEBUG"))).isEqualTo("debug");
    }

    @Test
    void what_makes_no_sense_is_json_until_the_settings_are_refused() {
        assertThat(value("LOG_FORMAT", Map.of("LOG_FORMAT", "xml"))).isEqualTo("json");
        assertThat(value("LOG_LEVEL", Map.of("LOG_LEVEL", ""))).isEqualTo("info");
    }
}
