package dev.nostrtrust.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The settings as conf/application.properties declares them. A section begins with {@code # ---} and its title;
 * comments up to an empty line are about the section, and others about the settings that follow them.
 */
final class SettingsTable {
    private static final Path SOURCE = Path.of("conf", "application.properties");
    private static final String SECTION = "# --- ";
    private static final Pattern PAGE = Pattern.compile("docs/([\\w.-]+\\.md)");
    private static final String HEAD = """
            # Settings
            All settings with their defaults. Set them as environment variables, or in a file `conf/application.properties` in the directory where the
            server starts:

            ```
            HTTP_PORT=8081 LOG_LEVEL=debug bin/nostr-trust serve
            ```
            An environment variable overrides the file, and the file overrides the packaged defaults. Times are written `500ms`, `10s`, `5m`, `1h`,
            `30d`; an empty default means that the setting is not set. The server refuses to start with wrong values, with unknown names in the file, and
            with names in the environment that are misspelled ones of these (`JOB_LEASSE`), and lists all of them. This page is generated from
            [conf/application.properties](../conf/application.properties).
            """;

    private final StringBuilder text = new StringBuilder(HEAD);
    private final List<String> comment = new ArrayList<>();
    private boolean inSection;
    private boolean inTable;
    private String meaning = "";

    private SettingsTable() {}

    /** The page docs/settings.md. */
    static String page() {
        SettingsTable table = new SettingsTable();
        lines().forEach(table::read);
        return table.text.toString();
    }

    /** The names of all settings, in order. */
    static List<String> names() {
        return lines().stream()
                .filter(SettingsTable::isSetting)
                .map(line -> line.substring(0, line.indexOf('=')))
                .toList();
    }

    private static List<String> lines() {
        try {
            return Files.readAllLines(SOURCE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isSetting(String line) {
        return line.contains("=") && !line.startsWith("#");
    }

    private void read(String line) {
        if (line.startsWith(SECTION)) {
            text.append("\n## ").append(line.substring(SECTION.length())).append('\n');
            comment.clear();
            inSection = true;
            inTable = false;
        } else if (line.startsWith("#")) {
            comment.add(line.substring(1).strip());
        } else if (isSetting(line) && inSection) {
            setting(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
        } else if (line.isEmpty()) {
            paragraph();
        }
    }

    private void paragraph() {
        if (inSection && !comment.isEmpty()) {
            text.append(taken()).append('\n');
        }
        comment.clear();
    }

    /** One without a comment of its own shares that of the one before it. */
    private void setting(String name, String value) {
        if (!inTable) {
            text.append("\n| setting | default | meaning |\n|---|---|---|\n");
            inTable = true;
        }
        if (!comment.isEmpty()) {
            meaning = taken().replace("|", "\\|");
        }
        text.append("| `%s` | %s | %s |%n".formatted(name, value.isEmpty() ? "" : "`" + value + "`", meaning));
    }

    private String taken() {
        String all = PAGE.matcher(String.join(" ", comment)).replaceAll("[$1]($1)");
        comment.clear();
        return all;
    }
}
