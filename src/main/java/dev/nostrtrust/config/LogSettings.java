package dev.nostrtrust.config;

import io.smallrye.config.WithName;

/**
 * The settings of the log; part of {@link Settings}. Logback starts before they are read and uses
 * {@link LogPropertyDefiner}.
 */
public interface LogSettings {
    @WithName("LOG_FORMAT")
    Format logFormat();

    @WithName("LOG_LEVEL")
    Level logLevel();

    @WithName("ACCESS_LOG")
    boolean accessLog();

    /** The format of log lines. */
    enum Format {
        /** Text with the embedded database, JSON otherwise. */
        AUTO,
        JSON,
        TEXT
    }

    /** The lowest level of the server's own log lines. */
    enum Level {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE
    }
}
