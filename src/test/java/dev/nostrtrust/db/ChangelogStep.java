package dev.nostrtrust.db;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A step of the schema.
 *
 * @param id without its author
 * @param attributes the Liquibase attributes, such as {@code runInTransaction:false}
 * @param statements in their order, without comments, each in one line
 */
record ChangelogStep(String id, List<String> attributes, List<String> statements) {
    private static final Pattern STEP =
            Pattern.compile("^--changeset \\w+:(\\S+) *([^\\n]*)\\n(.*?)(?=^--changeset|\\z)", options());

    /** In this order: quoted text, a comment, the end of a statement, white space, anything else. */
    private static final Pattern TOKEN = Pattern.compile(
            "('(?:[^']|'')*'|\"[^\"]*\"|\\$(\\w*)\\$.*?\\$\\2\\$)|(--[^\\n]*|/\\*.*?\\*/)|(;)|(\\s+)|(.)", options());

    ChangelogStep {
        attributes = List.copyOf(attributes);
        statements = List.copyOf(statements);
    }

    private static int options() {
        return Pattern.DOTALL | Pattern.MULTILINE;
    }

    /** Every step of a file. */
    static List<ChangelogStep> of(String file) {
        return STEP.matcher(file)
                .results()
                .map(step ->
                        new ChangelogStep(step.group(1), List.of(step.group(2).split(" +")), statements(step.group(3))))
                .toList();
    }

    private static List<String> statements(String sql) {
        List<String> statements = new ArrayList<>();
        StringBuilder statement = new StringBuilder();
        for (MatchResult token : TOKEN.matcher(sql + ";").results().toList()) {
            if (token.group(4) != null) {
                statements.add(statement.toString().strip());
                statement.setLength(0);
            } else if (token.group(3) != null || token.group(5) != null) {
                statement.append(' ');
            } else {
                statement.append(token.group());
            }
        }
        return statements.stream()
                .map(text -> text.replaceAll(" +", " "))
                .filter(text -> !text.isEmpty())
                .toList();
    }

    /** The parts of a list that are separated by commas outside of parentheses. */
    static List<String> parts(String list) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int begin = 0;
        for (int i = 0; i < list.length(); i++) {
            char c = list.charAt(i);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (c == ',' && depth == 0) {
                parts.add(list.substring(begin, i).strip());
                begin = i + 1;
            }
        }
        parts.add(list.substring(begin).strip());
        return parts;
    }

    boolean has(String attribute) {
        return attributes.stream().anyMatch(one -> one.toLowerCase(Locale.ROOT).equals(attribute));
    }
}
