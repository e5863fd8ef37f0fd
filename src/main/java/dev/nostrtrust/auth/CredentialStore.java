package dev.nostrtrust.auth;

import dev.nostrtrust.db.Database;
import dev.nostrtrust.db.SqlTime;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** The table {@code credentials}. Changes are audited in their own statement. Any thread. */
final class CredentialStore {
    private static final String COLUMNS =
            "id, name, scope, created_at, created_by, expires_at, last_used_at, revoked_at, revoked_by";

    // No row if nothing has changed; one row without an id if there are no credentials.
    private static final String CHANGES = """
            SELECT v.version, c.id, c.revoked_at IS NOT NULL AS revoked
            FROM credential_version v LEFT JOIN credentials c ON c.expires_at > $2
            WHERE v.version <> $1""";

    private static final String IS_REVOKED = "SELECT revoked_at IS NOT NULL AS revoked FROM credentials WHERE id = $1";

    private static final String INSERT = """
            WITH created AS (
                INSERT INTO credentials (id, name, scope, created_at, created_by, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6) RETURNING *)
            INSERT INTO audit_log (actor, action, subject, detail, reason)
            SELECT created_by, 'credential_minted', scope || ':' || name, id::text, $7 FROM created""";

    private static final String REVOKE = """
            WITH found AS (SELECT id, revoked_at FROM credentials WHERE id = $1 FOR UPDATE),
            revoked AS (
                UPDATE credentials c
                SET revoked_at = coalesce(c.revoked_at, $2), revoked_by = coalesce(c.revoked_by, $3)
                FROM found WHERE c.id = found.id RETURNING c.*, found.revoked_at IS NULL AS changed),
            audited AS (
                INSERT INTO audit_log (actor, action, subject, detail, reason)
                SELECT revoked_by, 'credential_revoked', scope || ':' || name, id::text, $4 FROM revoked WHERE changed)
            SELECT %s FROM revoked""".formatted(COLUMNS);

    private static final String LIST = """
            SELECT %s FROM credentials WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2""".formatted(COLUMNS);

    private static final String FIND = "SELECT " + COLUMNS + " FROM credentials WHERE id = $1";

    private static final String RECORD_USE = """
            UPDATE credentials SET last_used_at = $2
            WHERE id = ANY($1) AND (last_used_at IS NULL OR last_used_at < $2)""";

    private static final String DELETE_EXPIRED = "DELETE FROM credentials WHERE expires_at < $1";

    private final Database database;

    CredentialStore(Database database) {
        this.database = database;
    }

    /**
     * The credentials that have not expired, with the number of their last change.
     *
     * @param revoked whether each of them is revoked
     */
    record Known(long version, Map<UUID, Boolean> revoked) {}

    /** The credentials after a change; empty if nothing has changed since a version. */
    Future<Optional<Known>> changes(long version, Instant now) {
        return database.execute(CHANGES, Tuple.of(version, SqlTime.of(now))).map(CredentialStore::known);
    }

    /** Whether a credential is revoked; empty if it does not exist. */
    Future<Optional<Boolean>> isRevoked(UUID id) {
        return database.execute(IS_REVOKED, Tuple.of(id))
                .map(rows -> stream(rows).map(row -> row.getBoolean("revoked")).findFirst());
    }

    Future<Void> insert(Credential credential, Actor actor) {
        Tuple parameters = Tuple.tuple()
                .addUUID(credential.id())
                .addString(credential.name())
                .addString(credential.scope().code())
                .addOffsetDateTime(SqlTime.of(credential.createdAt()))
                .addString(credential.createdBy())
                .addOffsetDateTime(SqlTime.of(credential.expiresAt()))
                .addString(actor.reason());
        return database.execute(INSERT, parameters).mapEmpty();
    }

    /** Revokes a credential; a revoked one stays as it is. Empty if it does not exist. */
    Future<Optional<Credential>> revoke(UUID id, Actor actor, Instant now) {
        return database.execute(REVOKE, Tuple.of(id, SqlTime.of(now), actor.name(), actor.reason()))
                .map(rows -> stream(rows).map(CredentialStore::credential).findFirst());
    }

    Future<Optional<Credential>> find(UUID id) {
        return database.execute(FIND, Tuple.of(id))
                .map(rows -> stream(rows).map(CredentialStore::credential).findFirst());
    }

    /** Credentials from the newest to the oldest, before one of them. */
    Future<List<Credential>> list(@Nullable UUID before, int limit) {
        return database.executeWithCustomPlan(LIST, Tuple.of(before, limit))
                .map(rows -> stream(rows).map(CredentialStore::credential).toList());
    }

    Future<Void> recordUse(Collection<UUID> ids, Instant now) {
        return database.execute(RECORD_USE, Tuple.of(ids.toArray(UUID[]::new), SqlTime.of(now)))
                .mapEmpty();
    }

    Future<Void> deleteExpired(Instant before) {
        return database.execute(DELETE_EXPIRED, Tuple.of(SqlTime.of(before))).mapEmpty();
    }

    private static Optional<Known> known(RowSet<Row> rows) {
        if (rows.size() == 0) {
            return Optional.empty();
        }
        Map<UUID, Boolean> revoked = new HashMap<>();
        long version = 0;
        for (Row row : rows) {
            version = row.getLong("version");
            if (row.getUUID("id") != null) {
                revoked.put(row.getUUID("id"), row.getBoolean("revoked"));
            }
        }
        return Optional.of(new Known(version, revoked));
    }

    private static Credential credential(Row row) {
        return new Credential(
                row.getUUID("id"),
                row.getString("name"),
                Scope.ofToken(row.getString("scope")).orElseThrow(),
                SqlTime.read(row, "created_at"),
                row.getString("created_by"),
                SqlTime.read(row, "expires_at"),
                SqlTime.readNullable(row, "last_used_at"),
                SqlTime.readNullable(row, "revoked_at"),
                row.getString("revoked_by"));
    }

    private static Stream<Row> stream(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false);
    }
}
