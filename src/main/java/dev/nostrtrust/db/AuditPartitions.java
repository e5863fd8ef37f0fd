package dev.nostrtrust.db;

import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;

/**
 * The monthly partitions of the table {@code audit_log}: keeps those of the current month and of the next months
 * present. Rows of a month without a partition go to the default partition. Any thread.
 */
public final class AuditPartitions {
    private static final String CREATE = "SELECT create_audit_partitions($1)";

    /** The number of months after the current one. A server may fail to create partitions for that long. */
    private static final int MONTHS_AHEAD = 3;

    private final Database database;

    public AuditPartitions(Database database) {
        this.database = database;
    }

    /** Creates missing partitions. Fails if the database does. */
    public Future<Void> create() {
        return database.execute(CREATE, Tuple.of(MONTHS_AHEAD)).mapEmpty();
    }
}
