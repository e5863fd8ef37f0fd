package dev.nostrtrust.config;

import io.netty.util.NetUtil;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL connection URI, parsed by the rules of libpq and RFC 3986, section 3.2.1. It configures both drivers, so
 * only parameters that both support are accepted; others are refused by name. Messages name the invalid part and never
 * contain its text, which may be the password. Pure.
 */
final class DatabaseUrl {
    private static final String ZONE = "names an IPv6 address with a zone, which is not supported";
    private static final Pattern SCHEME = Pattern.compile("(?i)postgres(ql)?://");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]+");
    private static final Pattern SEARCH_PATH = Pattern.compile("[A-Za-z0-9_$\", ]+");
    private static final Pattern PARAMETER = Pattern.compile("[A-Za-z_.]{1,40}");
    private static final Set<String> WEAK = Set.of("disable", "allow", "prefer");
    private static final List<String> MODES =
            List.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");
    private static final List<String> PARAMETERS = List.of(
            "host",
            "port",
            "user",
            "password",
            "dbname",
            "sslmode",
            "sslrootcert",
            "application_name",
            "search_path",
            "options");

    /** The replacement of unsupported parameters. */
    private static final Map<String, String> INSTEAD = Map.of(
            "sslcert", "log in with a password",
            "ssl", "write sslmode=require (encrypted, not verified) or sslmode=verify-full",
            "channel_binding", "write sslmode=verify-full, which verifies the server as well",
            "require_auth", "write sslmode=verify-full, so that only the right server gets the password",
            "connect_timeout", "set DATABASE_CONNECT_TIMEOUT",
            "hostaddr", "write the address as the host",
            "schema", "write search_path",
            "currentSchema", "write search_path",
            "target_session_attrs", "the server waits by itself until the database takes writes");

    private final Map<String, String> parts = new HashMap<>();

    private DatabaseUrl() {}

    /**
     * Parses a URI.
     *
     * @throws IllegalArgumentException with one sentence that names the invalid part
     */
    static DatabaseUrl parse(String text) {
        DatabaseUrl url = new DatabaseUrl();
        url.read(text);
        url.checkHost();
        url.checkNames();
        url.checkTls();
        return url;
    }

    String host() {
        return parts.getOrDefault("host", "");
    }

    int port() {
        return Integer.parseInt(parts.getOrDefault("port", "5432"));
    }

    String user() {
        return parts.getOrDefault("user", "");
    }

    /** Empty if there is none. */
    String password() {
        return parts.getOrDefault("password", "");
    }

    /** As in libpq, the database is named like the user unless the URI names one. */
    String database() {
        String name = parts.getOrDefault("dbname", "");
        return name.isEmpty() ? user() : name;
    }

    /** One of libpq's modes; {@code disable} unless the URI names one. */
    String sslMode() {
        String mode = parts.getOrDefault("sslmode", systemTrust() ? "verify-full" : "disable");
        // As in libpq, a given authority is verified.
        return mode.equals("require") && parts.containsKey("sslrootcert") ? "verify-ca" : mode;
    }

    /** Whether the URI names the mode. */
    boolean sslModeIsGiven() {
        return parts.containsKey("sslmode") || systemTrust();
    }

    /** A PEM file of authority certificates; null for the JVM's trust store. */
    @Nullable
    String sslRootCertificate() {
        return systemTrust() ? null : parts.get("sslrootcert");
    }

    @Nullable
    String applicationName() {
        return parts.get("application_name");
    }

    @Nullable
    String searchPath() {
        return parts.get("search_path");
    }

    @Nullable
    String options() {
        return parts.get("options");
    }

    private boolean systemTrust() {
        return "system".equals(parts.get("sslrootcert"));
    }

    private void read(String text) {
        require(text.chars().noneMatch(Character::isISOControl), "holds a control character");
        var scheme = SCHEME.matcher(text);
        require(scheme.lookingAt(), "does not begin with postgresql://");
        String rest = text.substring(scheme.end());
        // As in libpq, user and password end at the first @ before any /; they may contain any other character.
        int at = rest.indexOf('@');
        int slash = rest.indexOf('/');
        if (at >= 0 && (slash < 0 || at < slash)) {
            readUserInfo(rest.substring(0, at));
            rest = rest.substring(at + 1);
        }
        require(
                rest.indexOf('@') < 0,
                "holds an @ behind the host: in a user name or a password, @ is written as %40, / as %2F");
        require(rest.indexOf('#') < 0, "holds a # behind the host: in a name, it is written as %23");
        String[] query = rest.split("\\?", 2);
        String[] path = query[0].split("/", 2);
        readAuthority(path[0]);
        if (path.length == 2) {
            require(path[1].indexOf('/') < 0, "holds a / in the name of the database, where it is written as %2F");
            put("dbname", decode("the name of the database", path[1]));
        }
        if (query.length == 2) {
            readQuery(query[1]);
        }
    }

    private void readUserInfo(String text) {
        String[] both = text.split(":", 2);
        require(
                both[0].indexOf('?') < 0 && both[0].indexOf('#') < 0,
                "holds a ? or # in the name of the user, where they are written as %3F and %23");
        put("user", decode("the name of the user", both[0]));
        if (both.length == 2) {
            put("password", decode("the password", both[1]));
        }
    }

    private void readAuthority(String text) {
        require(text.indexOf(',') < 0, "names several hosts, which is not supported: name one");
        int colon;
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            require(end > 0, "holds an IPv6 address whose ] is missing");
            put("host", decodeHost("the host", text.substring(1, end)));
            require(host().indexOf(':') >= 0, "holds something in brackets that is no IPv6 address");
            colon = end + 1;
            require(colon == text.length() || text.charAt(colon) == ':', "holds something between host and port");
        } else {
            colon = text.indexOf(':');
            require(
                    colon < 0 || text.indexOf(':', colon + 1) < 0,
                    "holds more than one : behind the user: an IPv6 address is written in brackets");
            put("host", decode("the host", colon < 0 ? text : text.substring(0, colon)));
        }
        if (colon >= 0 && colon + 1 < text.length()) {
            readPort(decode("the port", text.substring(colon + 1)));
        }
    }

    private void readPort(String text) {
        require(text.matches("[0-9]{1,5}"), "has a port that is no number from 1 to 65535");
        int port = Integer.parseInt(text);
        require(port >= 1 && port <= 65535, "has a port that is no number from 1 to 65535");
        put("port", text);
    }

    private void readQuery(String text) {
        Set<String> seen = new HashSet<>();
        for (String pair : text.split("&", -1)) {
            String[] both = pair.split("=", 2);
            require(both.length == 2, "has a parameter without a value");
            String name = decode("a parameter", both[0]);
            String part = "the parameter " + printable(name);
            String value = name.equals("host") ? decodeHost(part, both[1]) : decode(part, both[1]);
            require(seen.add(name), "has the parameter " + printable(name) + " twice");
            require(PARAMETERS.contains(name), unknown(name));
            require(
                    !value.isEmpty() || name.equals("password"),
                    "has the parameter " + printable(name) + " without a value");
            if (name.equals("port")) {
                readPort(value);
            } else {
                put(name, value);
            }
        }
    }

    private static String unknown(String name) {
        String instead = INSTEAD.get(name);
        return "has the parameter " + printable(name) + ", which is not supported: "
                + (instead != null ? instead : "there are " + String.join(", ", PARAMETERS));
    }

    private static String printable(String name) {
        return PARAMETER.matcher(name).matches() ? name : "with a strange name";
    }

    private void checkHost() {
        String host = host();
        require(!host.isEmpty(), "names no host");
        require(host.indexOf(',') < 0, "names several hosts, which is not supported: name one");
        require(
                !host.startsWith("/") && !host.startsWith("@"),
                "names a Unix socket, which is not supported: name a host, such as localhost");
        if (host.indexOf(':') >= 0) {
            require(host.indexOf('%') < 0, ZONE);
            require(NetUtil.isValidIpV6Address(host), "holds something in brackets that is no IPv6 address");
        } else {
            require(HOST.matcher(host).matches(), "has a host with a character that no host name has");
        }
    }

    private void checkNames() {
        require(!user().isEmpty(), "names no user: postgresql://user:password@host:5432/database");
        String searchPath = searchPath();
        require(
                searchPath == null || SEARCH_PATH.matcher(searchPath).matches(),
                "has a search_path that is no list of names such as trust,public");
    }

    private void checkTls() {
        String mode = parts.get("sslmode");
        require(
                mode == null || MODES.contains(mode),
                "has an sslmode that is not supported: there are " + String.join(", ", MODES));
        boolean weak = WEAK.contains(sslMode());
        require(
                !systemTrust() || sslMode().equals("verify-full"),
                "has sslrootcert=system, which goes with sslmode=verify-full alone");
        require(
                !weak || sslRootCertificate() == null,
                "has sslrootcert, which goes with sslmode=verify-full, verify-ca or require");
    }

    private void put(String name, String value) {
        parts.put(name, value);
    }

    /** Finds a zone in both spellings: {@code %eth0} and {@code %25eth0}. */
    private static String decodeHost(String part, String text) {
        int percent = text.indexOf('%');
        require(percent < 0 || !NetUtil.isValidIpV6Address(text.substring(0, percent)), ZONE);
        return decode(part, text);
    }

    /** As in libpq, a + is a plus. */
    private static String decode(String part, String text) {
        ByteBuffer bytes = ByteBuffer.allocate(text.length() * 4);
        for (int i = 0; i < text.length(); ) {
            if (text.charAt(i) == '%') {
                int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
                int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
                require(
                        high >= 0 && low >= 0 && high + low > 0,
                        "has a % in " + part + " that two hexadecimal digits do not follow, or zeros: % is written as"
                                + " %25");
                bytes.put((byte) (high * 16 + low));
                i += 3;
            } else {
                String character = Character.toString(text.codePointAt(i));
                bytes.put(character.getBytes(StandardCharsets.UTF_8));
                i += character.length();
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("DATABASE_URL has bytes in " + part + " that are no UTF-8", e);
        }
    }

    private static void require(boolean right, String otherwise) {
        if (!right) {
            throw new IllegalArgumentException("DATABASE_URL " + otherwise);
        }
    }
}
