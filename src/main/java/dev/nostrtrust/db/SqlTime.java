package dev.nostrtrust.db;

import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Converts between instants and {@code timestamptz}. */
public final class SqlTime {
    private SqlTime() {}

    /** Converts to a parameter. */
    public static OffsetDateTime of(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }

    /** Converts to a parameter; null stays null. */
    public static @Nullable OffsetDateTime ofNullable(@Nullable Instant time) {
        return time == null ? null : of(time);
    }

    /** Reads a column that is never null. */
    public static Instant read(Row row, String column) {
        return Objects.requireNonNull(readNullable(row, column), column);
    }

    /** Reads a nullable column. */
    public static @Nullable Instant readNullable(Row row, String column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : time.toInstant();
    }
}
