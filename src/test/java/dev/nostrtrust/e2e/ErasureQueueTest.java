package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.fixture.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One identity that cannot be erased for now holds up no other. */
class ErasureQueueTest {
    private static final Duration GRACE = Duration.ofDays(30);

    private static User leaving(Api api) {
        User user = new User();
        Api mine = api.as(user.logIn(api));
        assertThat(mine.post("/api/jobs", Work.ORDER).status()).isEqualTo(201);
        assertThat(Erasing.send(mine, user.proof(Erasing.challenge(api))).status())
                .isEqualTo(202);
        return user;
    }

    private static long jobs(TestServer server, User user) {
        return server.count("SELECT count(*) FROM jobs WHERE nostr_pubkey = '" + user.pubkey() + "'");
    }

    @Test
    void whose_rows_are_locked_is_passed_over_and_comes_up_again() throws SQLException {
        try (TestServer server = TestServer.start(Map.of("SWEEP_INTERVAL", "50ms", "DATABASE_LOCK_TIMEOUT", "100ms"));
                Connection other = TestDatabases.connect(server.database());
                var statement = other.createStatement()) {
            Api api = Api.of(server);
            User first = leaving(api);
            User second = leaving(api);
            other.setAutoCommit(false);
            statement.execute("SELECT FROM jobs WHERE nostr_pubkey = '" + first.pubkey() + "' FOR UPDATE");

            server.clock().advance(GRACE);

            Waiting.until(() -> jobs(server, second) == 0);
            assertThat(jobs(server, first)).isEqualTo(1);
            other.rollback();
            Waiting.until(() -> jobs(server, first) == 0);
        }
    }
}
