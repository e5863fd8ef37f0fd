package dev.nostrtrust.config;

import ch.qos.logback.core.PropertyDefinerBase;
import java.util.Locale;

/**
 * Defines a setting of the log for logback.xml. Logback starts before settings are checked: an invalid value becomes
 * JSON or INFO here and is refused later.
 */
public final class LogPropertyDefiner extends PropertyDefinerBase {
    private String name = "";

    /** The name of the setting: {@code LOG_FORMAT} or {@code LOG_LEVEL}. */
    public void setName(String name) {
        this.name = name;
    }

    @Override
    public String getPropertyValue() {
        return valueIn(SettingsReader.ofProcess());
    }

    String valueIn(SettingsReader settings) {
        String value = settings.value(name).toLowerCase(Locale.ROOT);
        if (!name.equals("LOG_FORMAT")) {
            return value.isEmpty() ? "info" : value;
        }
        boolean alone = settings.value("DATABASE_URL").isEmpty();
        boolean text = value.equals("text") || (value.equals("auto") && alone);
        return text ? "text" : "json";
    }
}
