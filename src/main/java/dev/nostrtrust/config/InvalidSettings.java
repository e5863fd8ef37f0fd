package dev.nostrtrust.config;

import java.util.List;

/** Settings with which the server does not start, with every problem found. */
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
