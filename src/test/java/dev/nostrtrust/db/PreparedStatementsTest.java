package dev.nostrtrust.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.observe.Metrics;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Tuple;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class PreparedStatementsTest {
    /** Longer than any statement of the server. */
    private static final String LONG = "SELECT $1::bigint /* a long one " + "-".repeat(20_000) + " */";

    @Test
    void a_statement_is_parsed_once_for_a_connection_however_long_it_is(Vertx vertx) {
        Settings settings = SettingsReader.of(Map.of(
                        "DATABASE_CONNECTIONS", "1",
                        "DATABASE_STATEMENT_TIMEOUT", "30s",
                        "DATABASE_CONNECT_TIMEOUT", "10s",
                        "DATABASE_WATCH_TIMEOUT", "10s"))
                .settings();
        Database database = Database.open(vertx, TestDatabases.empty(), settings, Metrics.start());
        try {
            for (long i = 0; i < 5; i++) {
                TestServer.await(database.execute(LONG, Tuple.of(i)));
            }
            long plans = TestServer.await(database.execute(
                            "SELECT coalesce(sum(generic_plans + custom_plans), 0)::bigint AS plans FROM pg_prepared_statements"
                                    + " WHERE statement LIKE '%a long one%' AND statement NOT LIKE '%plans%'",
                            Tuple.tuple()))
                    .iterator()
                    .next()
                    .getLong("plans");

            assertThat(plans).isEqualTo(5);
        } finally {
            TestServer.await(database.close());
        }
    }
}
