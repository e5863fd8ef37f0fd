package dev.nostrtrust.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Steps of the schema are applied while servers of the release before are still serving: they expand. What takes
 * something away is a step of its own, marked {@code labels:contract}, in a release after the one that stopped using
 * it.
 */
class ChangelogTest {
    private static final Pattern STEP =
            Pattern.compile("--changeset ([^\\n]*)\\n(.*?)(?=--changeset|\\z)", Pattern.DOTALL);
    private static final Pattern COMMENT = Pattern.compile("--[^\\n]*");
    private static final Pattern MADE_HERE =
            Pattern.compile("CREATE (?:UNLOGGED )?TABLE (\\w+)", Pattern.CASE_INSENSITIVE);
    private static final Pattern INDEX =
            Pattern.compile("CREATE (?:UNIQUE )?INDEX (CONCURRENTLY )?\\w+ ON (\\w+)", Pattern.CASE_INSENSITIVE);

    private static final Pattern ALTERED = Pattern.compile("ALTER TABLE (\\w+)", Pattern.CASE_INSENSITIVE);

    /** What servers of the release before trip over, or wait for too long. */
    private static final List<String> CONTRACTIONS = List.of(
            "\\bDROP\\s+(TABLE|COLUMN|VIEW|FUNCTION|TRIGGER|SEQUENCE|TYPE|INDEX)\\b",
            "\\bDROP\\s+(?!CONSTRAINT|DEFAULT|NOT\\s+NULL)\\w+",
            "\\bRENAME\\b",
            "\\bALTER\\s+(COLUMN\\s+)?\\w+\\s+(SET\\s+DATA\\s+)?TYPE\\b",
            "\\bSET\\s+NOT\\s+NULL\\b",
            "\\bADD\\s+(COLUMN\\s+)?\\w+\\s+(?:(?!DEFAULT|;|,\\s*ADD)[\\s\\S])*\\bNOT\\s+NULL(?![^;,]*DEFAULT)",
            "\\bTRUNCATE\\s+(TABLE\\s+)?\\w+\\s*;",
            "\\bDELETE\\s+FROM\\b");

    private static List<String> contractions(String file) {
        List<String> made =
                MADE_HERE.matcher(file).results().map(table -> table.group(1)).toList();
        List<String> found = new ArrayList<>();
        for (MatchResult step : STEP.matcher(file).results().toList()) {
            if (step.group(1).contains("labels:contract")) {
                continue;
            }
            String sql = COMMENT.matcher(step.group(2)).replaceAll("");
            CONTRACTIONS.stream()
                    .filter(form -> Pattern.compile(form, Pattern.CASE_INSENSITIVE)
                            .matcher(sql)
                            .find())
                    .forEach(form -> found.add(step.group(1) + ": " + form));
            List<String> altered = ALTERED.matcher(sql)
                    .results()
                    .map(table -> table.group(1))
                    .distinct()
                    .toList();
            if (altered.size() > 1) {
                found.add(step.group(1) + ": holds one table while it waits for another: " + altered);
            }
            INDEX.matcher(sql)
                    .results()
                    .filter(index -> index.group(1) == null && !made.contains(index.group(2)))
                    .forEach(index -> found.add(step.group(1) + ": an index that holds up writers: " + index.group()));
        }
        return found;
    }

    @Test
    void every_step_leaves_servers_of_the_release_before_what_they_use() throws IOException {
        try (var files = Files.list(Path.of("db-changelog"))) {
            List<Path> steps =
                    files.filter(file -> file.toString().endsWith(".sql")).toList();
            assertThat(steps).hasSizeGreaterThan(4).allSatisfy(file -> {
                String text = Files.readString(file);
                assertThat(STEP.matcher(text).results()).isNotEmpty();
                assertThat(contractions(text)).as(file.toString()).isEmpty();
            });
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE jobs DROP COLUMN worker;",
                "ALTER TABLE jobs DROP worker;",
                "ALTER TABLE jobs RENAME COLUMN request TO wish;",
                "alter table jobs rename to orders;",
                "DROP TABLE jobs;",
                "ALTER TABLE jobs ALTER COLUMN fence TYPE int;",
                "ALTER TABLE jobs ALTER fence SET DATA TYPE int;",
                "ALTER TABLE jobs ALTER COLUMN worker SET NOT NULL;",
                "ALTER TABLE jobs ADD COLUMN priority int NOT NULL;",
                "DROP TRIGGER audit_log_update ON audit_log;",
                "DELETE FROM logins;",
                "CREATE INDEX jobs_worker ON jobs (worker);",
                "ALTER TABLE jobs ADD COLUMN a int;\nALTER TABLE sessions ADD COLUMN a int;"
            })
    void what_they_would_trip_over_is_found(String statement) {
        String step = "--liquibase formatted sql\n\n--changeset a:b\n--comment DROP nothing\n" + statement + "\n";

        assertThat(contractions(step)).isNotEmpty();
        assertThat(contractions(step.replace("a:b", "a:b labels:contract"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE jobs ADD COLUMN priority int;",
                "ALTER TABLE jobs ADD COLUMN priority int NOT NULL DEFAULT 0;",
                "ALTER TABLE jobs ADD COLUMN priority int DEFAULT 0 NOT NULL;",
                "ALTER TABLE jobs DROP CONSTRAINT jobs_state_check, ADD CONSTRAINT jobs_state_check CHECK (true) NOT VALID;",
                "ALTER TABLE jobs ALTER COLUMN worker DROP NOT NULL;",
                "CREATE INDEX CONCURRENTLY jobs_worker ON jobs (worker);",
                "CREATE TABLE badges (badge text NOT NULL);\nCREATE INDEX badges_badge ON badges (badge);\n--rollback DROP TABLE badges;"
            })
    void what_only_adds_is_free(String statement) {
        assertThat(contractions("--liquibase formatted sql\n\n--changeset a:b\n" + statement + "\n"))
                .isEmpty();
    }
}
