package dev.nostrtrust.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Steps of the schema are applied while servers of the release before are still serving: they expand. What takes
 * something away is a step of its own, marked {@code labels:contract}, in a release after the one that stopped using
 * it.
 */
class ChangelogTest {
    /** Steps of the first schema: no server runs beside them. */
    private static final Set<String> RELEASED =
            Set.of("jobs", "ledger", "ledger-append-only", "audit", "audit-partitions");

    private static List<ChangelogStep> steps() throws IOException {
        try (var files = Files.list(Path.of("db-changelog"))) {
            List<ChangelogStep> steps = new ArrayList<>();
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".sql")).toList()) {
                List<ChangelogStep> found = ChangelogStep.of(Files.readString(file));
                assertThat(found).as(file.toString()).isNotEmpty();
                steps.addAll(found);
            }
            return steps;
        }
    }

    private static List<String> refusals(String changeset) {
        return ChangelogStep.of("--liquibase formatted sql\n\n" + changeset).stream()
                .flatMap(step -> Expansion.refusals(step).stream())
                .toList();
    }

    @Test
    void every_step_leaves_servers_of_the_release_before_what_they_use() throws IOException {
        List<ChangelogStep> steps = steps();

        assertThat(steps).hasSizeGreaterThan(8).extracting(ChangelogStep::id).containsAll(RELEASED);
        assertThat(steps.stream().filter(step -> !RELEASED.contains(step.id())))
                .allSatisfy(step ->
                        assertThat(Expansion.refusals(step)).as(step.id()).isEmpty());
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
                "ALTER TABLE jobs ADD COLUMN token uuid DEFAULT gen_random_uuid();",
                "ALTER TABLE jobs ADD COLUMN place bigserial;",
                "ALTER TABLE jobs ADD COLUMN payer text REFERENCES nostr_identities;",
                "ALTER TABLE jobs ADD COLUMN code text UNIQUE;",
                "ALTER TABLE jobs ADD CONSTRAINT cheap CHECK (sats_cost < 1000);",
                "ALTER TABLE jobs ADD CHECK (sats_cost < 1000);",
                "ALTER TABLE jobs ADD FOREIGN KEY (worker) REFERENCES nostr_identities;",
                "ALTER TABLE jobs ADD CONSTRAINT one_worker UNIQUE (worker);",
                "ALTER TABLE jobs ADD UNIQUE (worker);",
                "ALTER TABLE jobs DROP CONSTRAINT jobs_pkey;",
                "ALTER TABLE jobs ADD COLUMN a int, DROP COLUMN worker;",
                "DROP TRIGGER audit_log_update ON audit_log;",
                "CREATE TRIGGER jobs_update BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION append_only();",
                "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE sql AS $$SELECT 1$$;",
                "DELETE FROM logins;",
                "TRUNCATE logins;",
                "UPDATE jobs SET attempts = 0;",
                "INSERT INTO trust_head (seq, hash) VALUES (0, '');",
                "LOCK TABLE jobs;",
                "CREATE INDEX jobs_worker ON jobs (worker);",
                "CREATE INDEX IF NOT EXISTS jobs_worker ON jobs (worker);",
                "CREATE INDEX ON jobs (worker);",
                "CREATE UNIQUE INDEX jobs_worker\n    ON jobs (worker);",
                "CREATE INDEX\n    jobs_worker\n    ON jobs (worker);",
                "CREATE INDEX CONCURRENTLY jobs_worker ON jobs (worker);",
                "CREATE TABLE IF NOT EXISTS jobs (id int);\nCREATE INDEX jobs_worker ON jobs (worker);",
                "CREATE TABLE a (b text REFERENCES jobs, c text REFERENCES sessions);",
                "SET lock_timeout = 0;\nALTER TABLE jobs ADD COLUMN a int;",
                "ALTER TABLE jobs ADD COLUMN a int;\nALTER TABLE sessions ADD COLUMN a int;"
            })
    void what_they_would_trip_over_is_found(String statement) {
        String step = "--changeset a:b\n--comment CREATE nothing\n" + statement + "\n";

        assertThat(refusals(step)).isNotEmpty();
        assertThat(refusals(step.replace("a:b", "a:b labels:contract"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE jobs ADD COLUMN priority int;",
                "ALTER TABLE jobs ADD COLUMN priority int NOT NULL DEFAULT 0;",
                "ALTER TABLE jobs ADD COLUMN priority int DEFAULT 0 NOT NULL;",
                "ALTER TABLE jobs\n    ADD COLUMN a text DEFAULT 'none',\n    ADD COLUMN b boolean;",
                "ALTER TABLE jobs ADD CONSTRAINT cheap CHECK (sats_cost < 1000) NOT VALID;",
                "ALTER TABLE jobs DROP CONSTRAINT jobs_state_check, ADD CONSTRAINT jobs_state_check CHECK (true) NOT VALID;",
                "ALTER TABLE jobs ALTER COLUMN worker DROP NOT NULL;",
                "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$SELECT 1; -- REFERENCES jobs\n$$;",
                "CREATE TABLE badges (badge text NOT NULL);\nCREATE INDEX ON badges (badge);\n--rollback DROP TABLE badges;",
                "CREATE TABLE badges (pubkey text REFERENCES nostr_identities);\nINSERT INTO badges VALUES ('a;b');"
            })
    void what_only_adds_is_free(String statement) {
        assertThat(refusals("--changeset a:b\n" + statement + "\n")).isEmpty();
    }

    @Test
    void an_index_is_made_without_holding_up_anybody_and_leaves_later_steps_the_limit_for_locks() {
        String step = """
                --changeset a:b runInTransaction:false
                SET lock_timeout = 0;
                CREATE INDEX CONCURRENTLY jobs_worker ON jobs (worker)
                    WHERE state = 'running';
                SET lock_timeout = '400ms';
                """;

        assertThat(refusals(step)).isEmpty();
        assertThat(refusals(step.replace(" runInTransaction:false", ""))).isNotEmpty();
        assertThat(refusals(step.replace("SET lock_timeout = 0;", ""))).isNotEmpty();
        assertThat(refusals(step.replace("SET lock_timeout = '400ms';", ""))).isNotEmpty();
        assertThat(refusals(step.replace("INDEX", "UNIQUE INDEX"))).isNotEmpty();
        assertThat(refusals(step + "ALTER TABLE jobs ADD COLUMN a int;\n")).isNotEmpty();
    }
}
