package dev.nostrtrust.config;

import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The address and credentials of a PostgreSQL, for the reactive client and for JDBC (required by Liquibase). One
 * {@link DatabaseUrl} configures both; files and environment variables of libpq are ignored.
 *
 * @param url such as {@code postgresql://user:password@host:5432/database?sslmode=require}
 */
public record DatabaseAddress(String url) {
    private static final String LOGIN_SECONDS = "30";

    /**
     * Refuses a URL that one of the drivers does not support.
     *
     * @throws IllegalArgumentException with the name of the invalid part of DATABASE_URL, without its text
     */
    public DatabaseAddress {
        DatabaseUrl.parse(url);
    }

    /** The options of the reactive client. */
    public PgConnectOptions options() {
        DatabaseUrl parsed = parsed();
        // By default PgBouncer accepts only these startup parameters.
        Map<String, String> properties = new TreeMap<>(
                Map.of("application_name", "nostr-trust-engine", "client_encoding", "UTF8", "DateStyle", "ISO"));
        putIfSet(properties, "application_name", parsed.applicationName());
        putIfSet(properties, "options", parsed.options());
        PgConnectOptions options = new PgConnectOptions()
                .setHost(parsed.host())
                .setPort(parsed.port())
                .setUser(parsed.user())
                .setPassword(parsed.password())
                .setDatabase(parsed.database())
                .setSslMode(SslMode.of(parsed.sslMode()))
                .setProperties(properties);
        if (options.getSslMode() != SslMode.DISABLE) {
            options.setSslOptions(tls(parsed));
        }
        return options;
    }

    /** The JDBC URL of the same database. */
    public String jdbcUrl() {
        DatabaseUrl parsed = parsed();
        return "jdbc:postgresql://" + hostAndPort() + "/"
                + URLEncoder.encode(parsed.database(), StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** The JDBC properties: user, password, TLS. */
    public Properties jdbcProperties() {
        DatabaseUrl parsed = parsed();
        Map<String, String> properties = new TreeMap<>(Map.of(
                "user", parsed.user(),
                // An empty password stops the driver from reading ~/.pgpass.
                "password", parsed.password(),
                "loginTimeout", LOGIN_SECONDS,
                "sslmode", parsed.sslMode()));
        putIfSet(properties, "ApplicationName", parsed.applicationName());
        putIfSet(properties, "options", parsed.options());
        if (parsed.sslMode().startsWith("verify") && parsed.sslRootCertificate() == null) {
            properties.put("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
        } else {
            putIfSet(properties, "sslrootcert", parsed.sslRootCertificate());
            // Empty values stop the driver from reading ~/.postgresql.
            properties.put("sslcert", "");
            properties.put("sslkey", "");
        }
        Properties all = new Properties();
        all.putAll(properties);
        return all;
    }

    /** A statement that each new connection runs first; empty for none. */
    public String setUp() {
        String searchPath = parsed().searchPath();
        return searchPath == null ? "" : "SELECT set_config('search_path', '" + searchPath + "', false)";
    }

    /** Whether connections over a network are plain text because no sslmode is set. */
    public boolean isPlainByDefault() {
        DatabaseUrl parsed = parsed();
        return !parsed.sslModeIsGiven()
                && !parsed.host().equals("localhost")
                && !parsed.host().equals("::1")
                && !parsed.host().startsWith("127.");
    }

    /** Host, port and database. */
    @Override
    public String toString() {
        return hostAndPort() + "/" + parsed().database();
    }

    private DatabaseUrl parsed() {
        return DatabaseUrl.parse(url);
    }

    private String hostAndPort() {
        DatabaseUrl parsed = parsed();
        String host = parsed.host().indexOf(':') < 0 ? parsed.host() : "[" + parsed.host() + "]";
        return host + ":" + parsed.port();
    }

    private static ClientSSLOptions tls(DatabaseUrl parsed) {
        ClientSSLOptions tls = new ClientSSLOptions()
                .setHostnameVerificationAlgorithm(parsed.sslMode().equals("verify-full") ? "HTTPS" : "");
        String authority = parsed.sslRootCertificate();
        if (!parsed.sslMode().startsWith("verify")) {
            tls.setTrustAll(true);
        } else if (authority == null) {
            tls.setTrustOptions(trustStore());
        } else {
            tls.setTrustOptions(new PemTrustOptions().addCertPath(authority));
        }
        return tls;
    }

    /** The trust store of the JVM. */
    private static TrustOptions trustStore() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            return TrustOptions.wrap(factory.getTrustManagers()[0]);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The trust store of Java cannot be read: " + e.getMessage(), e);
        }
    }

    private static void putIfSet(Map<String, String> properties, String name, @Nullable String value) {
        if (value != null) {
            properties.put(name, value);
        }
    }
}
