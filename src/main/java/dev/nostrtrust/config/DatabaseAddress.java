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
 * Where a PostgreSQL is and who we are there, for the reactive client and for JDBC (which Liquibase needs). Both are
 * configured from one {@link DatabaseUrl}, and from no file or environment of libpq.
 *
 * @param url such as {@code postgresql://user:password@host:5432/database?sslmode=require}
 */
public record DatabaseAddress(String url) {
    private static final String LOGIN_SECONDS = "30";

    /**
     * Refuses what one of the drivers would not honour.
     *
     * @throws IllegalArgumentException whose message names the part of DATABASE_URL that is wrong, without its text
     */
    public DatabaseAddress {
        DatabaseUrl.parse(url);
    }

    /** Options of the reactive client. */
    public PgConnectOptions options() {
        DatabaseUrl parsed = parsed();
        // PgBouncer takes these at the start of a connection, and by default no others.
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

    /** The same database for JDBC. */
    public String jdbcUrl() {
        DatabaseUrl parsed = parsed();
        return "jdbc:postgresql://" + hostAndPort() + "/"
                + URLEncoder.encode(parsed.database(), StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** User, password, TLS and the like for JDBC. */
    public Properties jdbcProperties() {
        DatabaseUrl parsed = parsed();
        Map<String, String> properties = new TreeMap<>(Map.of(
                "user", parsed.user(),
                // An empty one is no reason to look for it in ~/.pgpass.
                "password", parsed.password(),
                "loginTimeout", LOGIN_SECONDS,
                "sslmode", parsed.sslMode()));
        putIfSet(properties, "ApplicationName", parsed.applicationName());
        putIfSet(properties, "options", parsed.options());
        if (parsed.sslMode().startsWith("verify") && parsed.sslRootCertificate() == null) {
            properties.put("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
        } else {
            putIfSet(properties, "sslrootcert", parsed.sslRootCertificate());
            // Empty ones are no reason to look for them in ~/.postgresql.
            properties.put("sslcert", "");
            properties.put("sslkey", "");
        }
        Properties all = new Properties();
        all.putAll(properties);
        return all;
    }

    /** A statement that each new connection runs first, after any settings that both drivers share; empty for none. */
    public String setUp() {
        String searchPath = parsed().searchPath();
        return searchPath == null ? "" : "SELECT set_config('search_path', '" + searchPath + "', false)";
    }

    /** Whether what passes over a network is plain text, and nobody asked for that. */
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

    /** The JVM's own. */
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
