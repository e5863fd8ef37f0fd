package dev.nostrtrust.config;

import ch.qos.logback.core.PropertyDefinerBase;
import java.util.Locale;

/**
 * A setting of the log for logback.xml, read from where all settings are. The log begins before settings are checked:
 * what makes no sense is taken for JSON or INFO here, and refused a moment later.
 */
public final class LogPropertyDefiner extends PropertyDefinerBase {
    private String name = "";

    /** Which setting: {@code LOG_FORMAT} or {@code LOG_LEVEL}. */
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
