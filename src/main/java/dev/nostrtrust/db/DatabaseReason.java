package dev.nostrtrust.db;

import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Describes a database error in one line: the server's message with its SQLSTATE, or the innermost cause of a failed
 * connection, and advice. Never contains a password. Pure.
 */
public final class DatabaseReason {
    private static final int MAX_LENGTH = 400;
    private static final Pattern LOCALE = Pattern.compile("LC_[A-Z]+ \"([A-Za-z0-9_.@-]{1,100})\"");

    /** Advice by SQLSTATE prefix; the first match applies. */
    private static final Map<String, String> ADVICE = new LinkedHashMap<>();

    static {
        ADVICE.put("28", "Check user and password in DATABASE_URL, and pg_hba.conf.");
        ADVICE.put("3D000", "Create the database, or correct its name in DATABASE_URL.");
        ADVICE.put("3F000", "Create the schema that search_path names, and grant it to the role.");
        ADVICE.put("42501", "Grant the role the rights that docs/database.md lists.");
        ADVICE.put("25006", "Set DATABASE_URL to the primary.");
        ADVICE.put("53300", "Raise max_connections, or lower DATABASE_CONNECTIONS and DATABASE_TRANSACTIONS.");
        ADVICE.put("53100", "Free space on the disk of the database.");
        ADVICE.put("57P03", "Wait until the database has started.");
    }

    private DatabaseReason() {}

    /** The reason of an error, in one line. */
    public static String of(Throwable error) {
        List<Throwable> chain = chain(error);
        for (Throwable cause : chain) {
            String state = sqlState(cause);
            if (cause instanceof UnknownHostException) {
                return "unknown host in DATABASE_URL: " + line(cause);
            }
            if (cause instanceof FileNotFoundException) {
                return "the file of sslrootcert in DATABASE_URL cannot be read: " + line(cause);
            }
            if (cause instanceof SSLException || cause instanceof CertificateException || handshake(cause)) {
                return "TLS: " + line(chain.get(chain.size() - 1))
                        + ". Check sslmode and sslrootcert in DATABASE_URL, and the certificate of the database.";
            }
            if (cause instanceof TimeoutException) {
                return "no answer in time";
            }
            // The driver's own states of class 08 only wrap the real cause.
            if (state != null
                    && (cause instanceof PgException || !state.startsWith("08") || cause.getCause() == null)) {
                return line(cause) + " (SQLSTATE " + state + ")" + advice(state, cause);
            }
        }
        Throwable innermost = chain.get(chain.size() - 1);
        // The outermost of these contains host and port.
        return chain.stream()
                .filter(cause -> cause instanceof IOException || cause instanceof VertxException)
                .findFirst()
                .map(DatabaseReason::line)
                .orElseGet(() -> innermost.getClass().getSimpleName() + ": " + line(innermost));
    }

    /** The reactive driver reports no details of a failed handshake. */
    private static boolean handshake(Throwable cause) {
        return cause instanceof VertxException && "SSL handshake failed".equals(cause.getMessage());
    }

    private static List<Throwable> chain(Throwable error) {
        List<Throwable> chain = new ArrayList<>();
        for (Throwable cause = error; cause != null && !chain.contains(cause); cause = cause.getCause()) {
            chain.add(cause);
        }
        return chain;
    }

    static @Nullable String sqlState(Throwable error) {
        if (error instanceof PgException refused) {
            return refused.getSqlState();
        }
        return error instanceof SQLException sql ? sql.getSQLState() : null;
    }

    private static String advice(String state, Throwable cause) {
        String message = line(cause);
        if (message.contains("startup parameter")) {
            return ". Behind PgBouncer: see docs/database.md.";
        }
        if (message.contains("locale is incompatible")) {
            return ". Install " + locale(cause) + " on the machine of the database: see docs/operations.md.";
        }
        return ADVICE.entrySet().stream()
                .filter(entry -> state.startsWith(entry.getKey()))
                .map(entry -> ". " + entry.getValue())
                .findFirst()
                .orElse("");
    }

    /** The locale in the detail of an error. */
    private static String locale(Throwable cause) {
        String detail = cause instanceof PgException refused ? refused.getDetail() : cause.getMessage();
        Matcher named = LOCALE.matcher(String.valueOf(detail));
        return named.find() ? "the locale " + named.group(1) : "its locale";
    }

    /** The first line of a message. Later lines may contain data. */
    private static String line(Throwable cause) {
        String message = cause instanceof PgException refused
                ? refused.getSeverity() + ": " + refused.getErrorMessage()
                : String.valueOf(cause.getMessage());
        String first = message.strip().lines().findFirst().orElse("");
        String printable = first.replaceAll("\\p{Cntrl}", " ");
        return printable.length() > MAX_LENGTH ? printable.substring(0, MAX_LENGTH) + "…" : printable;
    }
}
