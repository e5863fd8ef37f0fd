package dev.nostrtrust.platform;

import io.vertx.core.net.ClientSSLOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Where a PostgreSQL is and who we are there, for the reactive client and for JDBC (which Liquibase needs).
 *
 * @param url such as {@code postgresql://user:password@host:5432/database?sslmode=require}
 */
public record DatabaseAddress(String url) {

    /** Options of the reactive client. */
    PgConnectOptions options() {
        PgConnectOptions options = PgConnectOptions.fromUri(url);
        SslMode mode = options.getSslMode();
        if (mode != SslMode.DISABLE) {
            boolean verify = mode == SslMode.VERIFY_CA || mode == SslMode.VERIFY_FULL;
            options.setSslOptions(new ClientSSLOptions()
                    .setTrustAll(!verify)
                    .setHostnameVerificationAlgorithm(mode == SslMode.VERIFY_FULL ? "HTTPS" : ""));
        }
        return options;
    }

    /** The same database for JDBC. */
    public String jdbcUrl() {
        PgConnectOptions options = PgConnectOptions.fromUri(url);
        return "jdbc:postgresql://" + options.getHost() + ":" + options.getPort() + "/" + options.getDatabase();
    }

    /** User, password and TLS mode for JDBC. */
    public Properties jdbcProperties() {
        PgConnectOptions options = PgConnectOptions.fromUri(url);
        Properties properties = new Properties();
        properties.setProperty("user", options.getUser());
        putIfSet(properties, "password", options.getPassword());
        properties.setProperty(
                "sslmode", options.getSslMode().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        return properties;
    }

    /** Without the password. */
    @Override
    public String toString() {
        return jdbcUrl();
    }

    private static void putIfSet(Properties properties, String name, @Nullable String value) {
        if (value != null) {
            properties.setProperty(name, value);
        }
    }
}
