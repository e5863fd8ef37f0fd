package dev.nostrtrust.operator;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import dev.nostrtrust.json.Json;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the audit log from the newest row to the oldest. A page reads a limited number of rows, because an index by
 * actor or subject would cost every login. Any thread.
 */
public final class AuditStore {
    /** The most rows that one page reads. */
    static final int SLICE = 20_000;

    // One row at least: it has the end of the slice.
    private static final String LIST = """
            WITH slice AS MATERIALIZED (
                SELECT id, at, actor, action, subject, detail, reason FROM audit_log
                WHERE id < $1 AND at >= $2 AND at < $3 ORDER BY id DESC LIMIT $4),
            whole AS (SELECT count(*) AS rows, min(id) AS first FROM slice)
            SELECT whole.rows AS slice_rows, whole.first AS slice_first, a.*
            FROM whole LEFT JOIN LATERAL (
                SELECT * FROM slice s
                WHERE ($5::text IS NULL OR s.actor = $5) AND ($6::text IS NULL OR s.action = $6)
                      AND ($7::text IS NULL OR s.subject = $7)
                ORDER BY s.id DESC LIMIT $8) a ON true
            ORDER BY a.id DESC""";

    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-01-01T00:00:00Z");

    private final Database database;

    public AuditStore(Database database) {
        this.database = database;
    }

    /** One row. */
    public record Audited(
            long id,
            Instant at,
            String actor,
            String action,
            @Nullable String subject,
            @Nullable String detail,
            @Nullable String reason) {
        Json.Obj toJson() {
            return Json.object()
                    .put("id", id)
                    .put("at", at)
                    .put("actor", actor)
                    .put("action", action)
                    .put("subject", subject)
                    .put("detail", detail)
                    .put("reason", reason)
                    .build();
        }
    }

    /** Selects rows; null selects all. */
    public record Filter(
            @Nullable String actor,
            @Nullable String action,
            @Nullable String subject,
            @Nullable Instant since,
            @Nullable Instant before) {}

    /**
     * Some rows, possibly none though more follow.
     *
     * @param next the id before which the next page begins; null after the last page
     */
    public record Page(List<Audited> rows, @Nullable Long next) {}

    /** A page of rows with smaller ids. */
    public Future<Page> list(Filter filter, long beforeId, int limit) {
        Tuple parameters = Tuple.tuple()
                .addLong(beforeId)
                .addOffsetDateTime(SqlTime.of(filter.since() == null ? EARLIEST : filter.since()))
                .addOffsetDateTime(SqlTime.of(filter.before() == null ? LATEST : filter.before()))
                .addInteger(SLICE)
                .addString(filter.actor())
                .addString(filter.action())
                .addString(filter.subject())
                .addInteger(limit);
        return database.executeWithCustomPlan(LIST, parameters).map(rows -> {
            List<Audited> found = new ArrayList<>();
            Long next = null;
            for (Row row : rows) {
                next = row.getLong("slice_rows") < SLICE ? null : row.getLong("slice_first");
                if (row.getLong("id") != null) {
                    found.add(audited(row));
                }
            }
            return new Page(
                    found,
                    found.size() < limit
                            ? next
                            : Long.valueOf(found.get(limit - 1).id()));
        });
    }

    private static Audited audited(Row row) {
        return new Audited(
                row.getLong("id"),
                SqlTime.read(row, "at"),
                row.getString("actor"),
                row.getString("action"),
                row.getString("subject"),
                row.getString("detail"),
                row.getString("reason"));
    }
}
