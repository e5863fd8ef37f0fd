package dev.nostrtrust.db;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.fixture.MigratedDatabase;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Times on their way through PostgreSQL. */
@ExtendWith(VertxExtension.class)
class SqlTimeTest {
    private static MigratedDatabase database;

    @BeforeAll
    static void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
    }

    private static Row stored(@Nullable Instant time) {
        return await(database.database().execute("SELECT $1::timestamptz AS at", Tuple.of(SqlTime.ofNullable(time))))
                .iterator()
                .next();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-01-01T12:00:00Z",
                "2026-03-29T01:30:00.123456Z",
                "1969-12-31T23:59:59.999999Z",
                "2999-12-31T23:59:59Z"
            })
    void a_time_in_microseconds_comes_back_unchanged(String text) {
        Instant time = Instant.parse(text);

        assertThat(SqlTime.read(stored(time), "at")).isEqualTo(time);
    }

    @Test
    void null_stays_null_and_a_column_that_is_never_null_names_itself() {
        Row row = stored(null);

        assertThat(SqlTime.readNullable(row, "at")).isNull();
        assertThatThrownBy(() -> SqlTime.read(row, "at"))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("at");
    }
}
