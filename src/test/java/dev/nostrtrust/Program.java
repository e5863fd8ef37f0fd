package dev.nostrtrust;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What it takes to run the program as a process of its own, on the class path of the tests. */
public final class Program {
    /**
     * From this Java on, one that is not told so complains on standard error of native libraries; the release says it.
     */
    private static final int QUIET_FROM = 24;

    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    private Program() {}

    /** The command line of it on the JDK that runs the tests. */
    public static List<String> command(List<String> options, String... arguments) {
        return commandOf("dev.nostrtrust.Main", options, arguments);
    }

    /** The same of another release of it, whose classes and resources are in a directory of their own. */
    public static List<String> command(Path release, List<String> options, String... arguments) {
        List<String> command = command(options, arguments);
        command.replaceAll(part -> part.replace(classes().toString(), release.toString()));
        return command;
    }

    /** Where the classes and resources of the program are. */
    public static Path classes() {
        return Path.of("target", "classes").toAbsolutePath();
    }

    /** The command line of another program on that class path. */
    public static List<String> commandOf(String main, List<String> options, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= QUIET_FROM) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(options);
        command.addAll(List.of("-cp", classPath(), main));
        command.addAll(List.of(arguments));
        return command;
    }

    /** The settings of a server on a database of the tests', on these ports. */
    public static Map<String, String> settings(int port, int managementPort, String databaseUrl) {
        Map<String, String> settings = new TreeMap<>(Map.of(
                "HTTP_HOST",
                "127.0.0.1",
                "HTTP_PORT",
                Integer.toString(port),
                "MANAGEMENT_PORT",
                Integer.toString(managementPort),
                "DATABASE_URL",
                databaseUrl,
                "PUBLIC_ORIGINS",
                TestServer.ORIGIN,
                "TOKEN_KEYS",
                "first:" + TestServer.TOKEN_KEY,
                "CHALLENGE_KEYS",
                "first:" + TestServer.CHALLENGE_KEY));
        // All of a test comes from one address.
        settings.put("RATE_LIMITS", "false");
        return settings;
    }

    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What health/ready says: 0 where nobody answers within two seconds. */
    public static int health(int managementPort) {
        return health("127.0.0.1", managementPort);
    }

    /** The same of a server elsewhere. */
    public static int health(String host, int managementPort) {
        URI uri = URI.create("http://" + host + ":" + managementPort + "/health/ready");
        HttpRequest request =
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(2)).build();
        return HTTP.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                .handle((response, nobody) -> response == null ? 0 : response.statusCode())
                .join();
    }

    private static String classPath() {
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        // An empty entry would be the directory in which the program runs.
        return String.join(
                File.pathSeparator,
                Arrays.stream(all.split(File.pathSeparator, -1))
                        .filter(entry -> !entry.isEmpty())
                        .map(entry -> Path.of(entry).toAbsolutePath().toString())
                        .toList());
    }
}
