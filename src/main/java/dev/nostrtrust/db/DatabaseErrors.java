package dev.nostrtrust.db;

import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.observe.ThrottledWarning;
import io.netty.channel.ChannelException;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.slf4j.LoggerFactory;

/** Translates transient database errors to {@code database_unavailable}. All other errors are bugs. */
final class DatabaseErrors {
    private static final ThrottledWarning WARNING =
            new ThrottledWarning(LoggerFactory.getLogger(DatabaseErrors.class), "database", System::nanoTime);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    /**
     * SQLSTATE classes and codes of transient errors: connection exceptions, refused logins, a missing or closed
     * database, insufficient resources, operator intervention, system errors, lock conflicts, a read-only server.
     */
    private static final List<String> TRANSIENT =
            List.of("08", "28", "3D", "53", "57", "58", "40", "55000", "55P03", "25006");

    private static final List<String> SERVER_SPECIFIC = List.of("25006", "28", "3D");

    private DatabaseErrors() {}

    static Throwable translate(Throwable error) {
        if (!isTransient(error)) {
            return error;
        }
        WARNING.of(error);
        return unavailable();
    }

    /** The error of a request that needs the database while it is away. */
    static ApiError unavailable() {
        return ApiError.unavailable(
                ErrorCode.DATABASE_UNAVAILABLE,
                "The database is not available. Send the request again later.",
                RETRY_AFTER);
    }

    /** Whether a new connection may reach another server: this one is read-only or refuses. */
    static boolean isServerSpecific(Throwable error) {
        return error instanceof PgException refused
                && SERVER_SPECIFIC.stream().anyMatch(String.valueOf(refused.getSqlState())::startsWith);
    }

    private static boolean isTransient(Throwable error) {
        if (error instanceof PgException refused) {
            String state = String.valueOf(refused.getSqlState());
            return TRANSIENT.stream().anyMatch(state::startsWith);
        }
        return error instanceof IOException
                || error instanceof TimeoutException
                || error instanceof VertxException
                || error instanceof ChannelException;
    }
}
