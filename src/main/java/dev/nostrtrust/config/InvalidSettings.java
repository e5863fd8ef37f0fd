package dev.nostrtrust.config;

import java.util.List;

/** The settings are invalid; the message lists all problems. */
public final class InvalidSettings extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient List<String> problems;

    public InvalidSettings(List<String> problems) {
        super("The server cannot start with these settings:\n  - " + String.join("\n  - ", problems));
        this.problems = List.copyOf(problems);
    }

    public List<String> problems() {
        return problems;
    }
}
