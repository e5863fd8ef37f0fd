package dev.nostrtrust.config;

import io.smallrye.config.WithName;

/**
 * The settings of the log; part of {@link Settings}. The log itself begins before all settings:
 * {@link LogPropertyDefiner}.
 */
public interface LogSettings {
    @WithName("LOG_FORMAT")
    Format logFormat();

    @WithName("LOG_LEVEL")
    Level logLevel();

    @WithName("ACCESS_LOG")
    boolean accessLog();

    /** What a line of the log is. */
    enum Format {
        /** Text where the server has its own database and so somebody to look on, and JSON otherwise. */
        AUTO,
        JSON,
        TEXT
    }

    /** From which level on the server's own lines are written. */
    enum Level {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE
    }
}
