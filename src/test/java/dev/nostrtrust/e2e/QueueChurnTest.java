package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.fixture.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A claim does not read the rows of all jobs that were ever in its queue, whether PostgreSQL has vacuumed or not. */
class QueueChurnTest {
    private static final int ROUNDS = 40;
    private static final int CLAIMED = 100;
    private static final int CLAIMS = 50;
    private static final int DEAD_ROWS_PER_CLAIM = 100;

    /** Jobs that were available a while ago. */
    private static final String INSERT = "INSERT INTO jobs (id, state, request, created_at, available_at)"
            + " SELECT gen_random_uuid(), 'queued', '{}', now() - interval '1 min', now() - interval '1 min'"
            + " FROM generate_series(1, %d)";

    private static final String COMPLETE =
            "UPDATE jobs SET state = 'succeeded', finished_at = now() WHERE state = 'running'";

    private static void claim(Api worker, int jobs) {
        Answer claimed = worker.post("/api/jobs/claim", "{\"max\":" + jobs + "}");
        assertThat(claimed.json().get("jobs")).hasSize(jobs);
    }

    /** A statistic of the index of queued jobs when this number of scans has been reported. */
    private static long entriesRead(TestServer server, int scans) {
        String index = " FROM pg_stat_user_indexes WHERE indexrelname = 'jobs_available'";
        Waiting.until(() -> server.count("SELECT idx_scan" + index) >= scans);
        assertThat(server.count("SELECT idx_scan" + index)).isEqualTo(scans);
        return server.count("SELECT idx_tup_read" + index);
    }

    @Test
    void a_claim_reads_few_dead_rows() throws SQLException {
        try (TestServer server = TestServer.start(Map.of("SWEEP_INTERVAL", "1h"));
                Connection connection = TestDatabases.connect(server.database());
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER TABLE jobs SET (autovacuum_enabled = off)");
            Api worker = Api.of(server).as(server.token(Scope.WORKER));
            for (int i = 0; i < ROUNDS; i++) {
                statement.execute(INSERT.formatted(CLAIMED));
                claim(worker, CLAIMED);
                statement.execute(COMPLETE);
            }
            long before = entriesRead(server, ROUNDS);

            for (int i = 0; i < CLAIMS; i++) {
                statement.execute(INSERT.formatted(1));
                claim(worker, 1);
                statement.execute(COMPLETE);
            }

            long read = entriesRead(server, ROUNDS + CLAIMS) - before;
            assertThat(server.count("SELECT count(*) FROM jobs WHERE state = 'succeeded'"))
                    .isEqualTo(ROUNDS * CLAIMED + CLAIMS);
            assertThat((read - CLAIMS) / CLAIMS)
                    .as("dead rows per claim, of %d entries read", read)
                    .isLessThanOrEqualTo(DEAD_ROWS_PER_CLAIM);
        }
    }
}
