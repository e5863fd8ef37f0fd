package dev.nostrtrust.db;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a step may do while servers of the release before are serving, as docs/operations.md has it: this and nothing
 * else, unless it is marked {@code labels:contract}.
 */
final class Expansion {
    /** What an index without a time limit for locks is made between; a step has nothing beside it. */
    private static final String NO_LOCK_TIMEOUT = "SET lock_timeout = 0";

    private static final Pattern NEW_INDEX =
            pattern("CREATE (?:UNIQUE )?INDEX (?:(?!ON |CONCURRENTLY|IF )\\w+ )?ON (\\w+) .*");
    private static final Pattern CONCURRENT_INDEX = pattern("CREATE INDEX CONCURRENTLY (?!ON |IF )\\w+ ON (\\w+) .*");
    private static final Pattern NEW_TABLE = pattern("CREATE (?:UNLOGGED )?TABLE (\\w+) ?\\(.*");
    private static final Pattern REFERENCE = pattern("\\bREFERENCES (\\w+)");
    private static final Pattern ALTERED = pattern("ALTER TABLE (\\w+) (.*)");
    private static final Pattern INSERTED = pattern("INSERT INTO (\\w+) .*");
    private static final Pattern TRIGGER = pattern("CREATE TRIGGER \\w+ (?:BEFORE|AFTER) [A-Z ]+ ON (\\w+) .*");
    private static final Pattern FUNCTION = pattern("CREATE FUNCTION \\w+ ?\\(.*");

    private static final String TYPE = "(?:text|smallint|int|integer|bigint|double precision|numeric|boolean|uuid|date"
            + "|timestamptz|bytea|jsonb)";
    /** One that is the same for all rows: another one has every row written anew. */
    private static final String DEFAULT = "DEFAULT (?:-?[\\d.]+|'[^']*'|true|false|now\\(\\))";

    private static final String CHECK = "CHECK \\(.*\\) NOT VALID";

    private static final List<Pattern> ALTERATIONS = List.of(
            pattern("ADD (?:COLUMN )?\\w+ " + TYPE + "(?: NULL)?"),
            pattern("ADD (?:COLUMN )?\\w+ " + TYPE + "(?: NOT NULL)? " + DEFAULT),
            pattern("ADD (?:COLUMN )?\\w+ " + TYPE + " " + DEFAULT + " NOT NULL"),
            pattern("ADD (?:CONSTRAINT \\w+ )?" + CHECK),
            pattern("ALTER (?:COLUMN )?\\w+ DROP NOT NULL"));
    private static final Pattern DROPPED_CHECK = pattern("DROP CONSTRAINT (\\w+)");

    private final ChangelogStep step;
    private final Set<String> made = new LinkedHashSet<>();
    private final Set<String> held = new LinkedHashSet<>();
    private final List<String> refused = new ArrayList<>();

    private Expansion(ChangelogStep step) {
        this.step = step;
    }

    private static Pattern pattern(String expression) {
        return Pattern.compile(expression, Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    }

    /** What servers of the release before may trip over, or wait for too long; empty where they do not. */
    static List<String> refusals(ChangelogStep step) {
        return step.has("labels:contract") ? List.of() : new Expansion(step).look();
    }

    private List<String> look() {
        if (step.statements().stream().anyMatch(text -> text.matches("(?is).*\\bCONCURRENTLY\\b.*"))) {
            lookAtIndex();
            return refused;
        }
        step.statements().forEach(this::lookAt);
        held.removeAll(made);
        if (held.size() > 1) {
            refused.add("it holds one table while it waits for another: " + held);
        }
        return refused;
    }

    private void lookAtIndex() {
        List<String> statements = step.statements();
        boolean alone = statements.size() == 3
                && statements.get(0).equals(NO_LOCK_TIMEOUT)
                && CONCURRENT_INDEX.matcher(statements.get(1)).matches()
                && statements.get(2).equals(Migrations.LOCK_TIMEOUT);
        if (!alone || !step.has("runintransaction:false")) {
            refused.add("an index is made between \"" + NO_LOCK_TIMEOUT + "\" and \"" + Migrations.LOCK_TIMEOUT
                    + "\", with runInTransaction:false, and in a step of its own: " + statements);
        }
    }

    private void lookAt(String statement) {
        references(statement);
        Matcher table = NEW_TABLE.matcher(statement);
        Matcher altered = ALTERED.matcher(statement);
        if (table.matches()) {
            made.add(name(table));
        } else if (altered.matches()) {
            lookAtAlteration(name(altered), altered.group(2));
        } else if (!FUNCTION.matcher(statement).matches() && !isAboutATableMadeHere(statement)) {
            refused.add(statement);
        }
    }

    /** A table that is referred to is held as well. */
    private void references(String statement) {
        if (!FUNCTION.matcher(statement).matches()) {
            REFERENCE.matcher(statement).results().map(Expansion::name).forEach(held::add);
        }
    }

    private boolean isAboutATableMadeHere(String statement) {
        return List.of(NEW_INDEX, INSERTED, TRIGGER).stream()
                .map(form -> form.matcher(statement))
                .anyMatch(found -> found.matches() && made.contains(name(found)));
    }

    private void lookAtAlteration(String table, String alteration) {
        List<String> parts = ChangelogStep.parts(alteration);
        held.add(table);
        for (String part : parts) {
            Matcher dropped = DROPPED_CHECK.matcher(part);
            boolean replaced = dropped.matches()
                    && parts.stream()
                            .anyMatch(other -> other.matches("(?i)ADD CONSTRAINT " + dropped.group(1) + " " + CHECK));
            if (!replaced
                    && ALTERATIONS.stream().noneMatch(form -> form.matcher(part).matches())) {
                refused.add(table + ": " + part);
            }
        }
    }

    private static String name(MatchResult found) {
        return found.group(1).toLowerCase(Locale.ROOT);
    }
}
