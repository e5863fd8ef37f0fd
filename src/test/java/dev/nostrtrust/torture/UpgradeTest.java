package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Servers of two releases on one database, as docs/operations.md has it: the next release expands the schema while the
 * present one serves.
 */
@Tag("full")
class UpgradeTest {
    /** What the next release might do to every table that requests touch. */
    private static final String EXPANSION = """
            --liquibase formatted sql

            --changeset nostrtrust:next-jobs
            ALTER TABLE jobs ADD COLUMN priority int NOT NULL DEFAULT 0;

            --changeset nostrtrust:next-sessions
            ALTER TABLE sessions ADD COLUMN label text;

            --changeset nostrtrust:next-logins
            ALTER TABLE logins ADD COLUMN device text;

            --changeset nostrtrust:next-identities
            ALTER TABLE nostr_identities ADD COLUMN display_name text;

            --changeset nostrtrust:next-ledger
            ALTER TABLE trust_ledger ADD COLUMN note text;

            --changeset nostrtrust:next-audit
            ALTER TABLE audit_log ADD COLUMN trace_id text;

            --changeset nostrtrust:next-badges
            CREATE TABLE badges (pubkey text NOT NULL REFERENCES nostr_identities, badge text NOT NULL);

            --changeset nostrtrust:next-state
            ALTER TABLE jobs DROP CONSTRAINT jobs_state_check, ADD CONSTRAINT jobs_state_check
                CHECK (state IN ('queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled', 'expired')) NOT VALID;

            --changeset nostrtrust:next-index runInTransaction:false
            SET lock_timeout = 0;
            CREATE INDEX CONCURRENTLY jobs_priority ON jobs (priority, id) WHERE state = 'queued';
            SET lock_timeout = '400ms';

            --changeset nostrtrust:next-after-index
            ALTER TABLE jobs ADD COLUMN place text;

            --changeset nostrtrust:next-lock-timeout
            CREATE TABLE lock_timeouts (lock_timeout text DEFAULT current_setting('lock_timeout'));
            INSERT INTO lock_timeouts DEFAULT VALUES;
            """;

    private static final int STEPS = 11;
    private static final String WITH_TIMEOUT = "SELECT count(*) FROM lock_timeouts WHERE lock_timeout = '400ms'";
    private static final String APPLIED = "SELECT count(*) FROM databasechangelog WHERE id LIKE 'next-%'";

    /** The program with one more step in its changelog. */
    private static Path nextRelease(Path directory) throws IOException {
        Path release = directory.resolve("next-release").toAbsolutePath();
        try (var files = Files.walk(Program.classes())) {
            for (Path file : files.toList()) {
                Files.copy(file, release.resolve(Program.classes().relativize(file)));
            }
        }
        Path changelog = release.resolve("db-changelog");
        Files.writeString(changelog.resolve("999-next.sql"), EXPANSION);
        Path index = changelog.resolve("changelog.yaml");
        Files.writeString(index, Files.readString(index) + "  - include: { file: db-changelog/999-next.sql }\n");
        return release;
    }

    private static void restart(Cluster cluster, List<ServerNode> nodes, Path release) {
        nodes.forEach(ServerNode::terminate);
        nodes.forEach(node -> node.install(release));
        nodes.forEach(ServerNode::start);
        cluster.awaitReady();
    }

    @Test
    void servers_are_upgraded_and_taken_back_one_after_the_other_while_the_others_serve_and_no_request_fails()
            throws Exception {
        Path present = Program.classes();
        try (Cluster cluster = Cluster.start(3, Map.of("SHUTDOWN_DELAY", "1s"))) {
            Path next = nextRelease(cluster.postgres().directory());
            List<ServerNode> nodes = cluster.nodes();
            long served;
            try (Traffic traffic = Traffic.begin(cluster, 4)) {
                traffic.awaitServed(200);

                // Two that find the schema of the present release at the same time; a third one serves meanwhile.
                restart(cluster, nodes.subList(0, 2), next);
                assertThat(cluster.postgres().number(APPLIED)).isEqualTo(STEPS);
                assertThat(cluster.postgres().number(WITH_TIMEOUT))
                        .as("steps after the index that give way")
                        .isEqualTo(1);
                traffic.awaitServed(200);
                restart(cluster, nodes.subList(2, 3), next);
                // The release is taken back: a server of the present one starts on the schema of the next.
                restart(cluster, nodes.subList(0, 1), present);
                traffic.awaitServed(200);

                served = traffic.served();
                assertThat(traffic.failures()).isEmpty();
            }
            assertThat(cluster.postgres().number(APPLIED)).isEqualTo(STEPS);
            assertThat(nodes.get(0).replay()).as("exit status of replay").isZero();
            System.out.println("upgrade: " + served + " requests, none failed");
        }
    }

    @Test
    void a_step_that_is_no_expansion_makes_requests_of_the_present_release_fail() {
        try (Cluster cluster = Cluster.start(1, Map.of());
                Traffic traffic = Traffic.begin(cluster, 2)) {
            traffic.awaitServed(50);
            assertThat(traffic.failures()).isEmpty();

            cluster.postgres().execute("ALTER TABLE jobs RENAME COLUMN request TO wish");

            Waiting.until(() -> !traffic.failures().isEmpty());
        }
    }
}
