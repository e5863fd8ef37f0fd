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
 * Says in one line why something cannot be done with the database: the server's own words with their SQLSTATE, or the
 * innermost cause of a connection that failed, and what to do about it. Never holds a password. Pure.
 */
public final class DatabaseReason {
    private static final int LONGEST = 400;
    private static final Pattern LOCALE = Pattern.compile("LC_[A-Z]+ \"([A-Za-z0-9_.@-]{1,100})\"");

    /** What to do, by the beginning of the SQLSTATE; the first one that fits counts. */
    private static final Map<String, String> ADVICE = new LinkedHashMap<>();

    static {
        ADVICE.put("28", "Check user and password in DATABASE_URL, and pg_hba.conf.");
        ADVICE.put("3D000", "Create the database, or correct its name in DATABASE_URL.");
        ADVICE.put("3F000", "Create the schema that search_path names, and grant it to the role.");
        ADVICE.put("42501", "Grant the role the rights that docs/database.md lists.");
        ADVICE.put("25006", "DATABASE_URL has to lead to the primary.");
        ADVICE.put("53300", "Raise max_connections, or lower DATABASE_CONNECTIONS and DATABASE_TRANSACTIONS.");
        ADVICE.put("53100", "Make room on the disk of the database.");
        ADVICE.put("57P03", "Wait until the database has started.");
    }

    private DatabaseReason() {}

    /** One line. */
    public static String of(Throwable error) {
        List<Throwable> chain = chain(error);
        for (Throwable cause : chain) {
            String state = sqlState(cause);
            if (cause instanceof UnknownHostException) {
                return "the host of DATABASE_URL is not known: " + line(cause);
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
            // The driver's own states of class 08 stand for the cause that is beneath them.
            if (state != null
                    && (cause instanceof PgException || !state.startsWith("08") || cause.getCause() == null)) {
                return line(cause) + " (SQLSTATE " + state + ")" + advice(state, cause);
            }
        }
        Throwable innermost = chain.get(chain.size() - 1);
        // The outermost of these names host and port as well.
        return chain.stream()
                .filter(cause -> cause instanceof IOException || cause instanceof VertxException)
                .findFirst()
                .map(DatabaseReason::line)
                .orElseGet(() -> innermost.getClass().getSimpleName() + ": " + line(innermost));
    }

    /** The reactive driver knows no more than that. */
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
        String said = line(cause);
        if (said.contains("startup parameter")) {
            return ". Behind PgBouncer: see docs/database.md.";
        }
        if (said.contains("locale is incompatible")) {
            return ". Install " + locale(cause) + " on the machine of the database: see docs/operations.md.";
        }
        return ADVICE.entrySet().stream()
                .filter(entry -> state.startsWith(entry.getKey()))
                .map(entry -> ". " + entry.getValue())
                .findFirst()
                .orElse("");
    }

    /** The locale that the detail of a refusal names. */
    private static String locale(Throwable cause) {
        String detail = cause instanceof PgException refused ? refused.getDetail() : cause.getMessage();
        Matcher named = LOCALE.matcher(String.valueOf(detail));
        return named.find() ? "the locale " + named.group(1) : "its locale";
    }

    /** The first line of a message; the others hold positions, and details that may be data. */
    private static String line(Throwable cause) {
        String message = cause instanceof PgException refused
                ? refused.getSeverity() + ": " + refused.getErrorMessage()
                : String.valueOf(cause.getMessage());
        String first = message.strip().lines().findFirst().orElse("");
        String printable = first.replaceAll("\\p{Cntrl}", " ");
        return printable.length() > LONGEST ? printable.substring(0, LONGEST) + "…" : printable;
    }
}
