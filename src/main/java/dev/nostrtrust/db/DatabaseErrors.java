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

/**
 * Tells a database that is away from a statement that is wrong: the first is a refusal that time heals, the second a
 * bug.
 */
final class DatabaseErrors {
    private static final ThrottledWarning WARNING =
            new ThrottledWarning(LoggerFactory.getLogger(DatabaseErrors.class), "database", System::nanoTime);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    /**
     * SQLSTATE classes and codes that say "not now": connection exceptions, refused logins, a database that is not
     * there or takes no connections, insufficient resources, operator intervention, system errors, lost races for
     * locks, a read-only server.
     */
    private static final List<String> PASSING =
            List.of("08", "28", "3D", "53", "57", "58", "40", "55000", "55P03", "25006");

    private static final List<String> ELSEWHERE = List.of("25006", "28", "3D");

    private DatabaseErrors() {}

    static Throwable translate(Throwable error) {
        if (!passing(error)) {
            return error;
        }
        WARNING.of(error);
        return away();
    }

    /** The refusal of everything that needs the database. */
    static ApiError away() {
        return ApiError.unavailable(
                ErrorCode.DATABASE_UNAVAILABLE, "The database does not answer in time. Try again.", RETRY_AFTER);
    }

    /**
     * Whether an error says that a new connection may fare otherwise: writes are refused, or the login is, or the
     * database is not there.
     */
    static boolean elsewhere(Throwable error) {
        return error instanceof PgException refused
                && ELSEWHERE.stream().anyMatch(String.valueOf(refused.getSqlState())::startsWith);
    }

    private static boolean passing(Throwable error) {
        if (error instanceof PgException refused) {
            String state = String.valueOf(refused.getSqlState());
            return PASSING.stream().anyMatch(state::startsWith);
        }
        return error instanceof IOException
                || error instanceof TimeoutException
                || error instanceof VertxException
                || error instanceof ChannelException;
    }
}
