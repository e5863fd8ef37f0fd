package dev.nostrtrust.torture;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.fixture.FreePorts;
import dev.nostrtrust.fixture.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One server, as a process of its own, always on the same port. */
final class ServerNode implements AutoCloseable {
    private final String name;
    private final Host host;
    private final Path directory;
    private final Map<String, String> settings;
    private final int port = FreePorts.next();
    private final int managementPort = FreePorts.next();
    private Path release = Program.classes();
    private @Nullable Process process;

    ServerNode(String name, Host host, Path directory, DatabaseAddress database, Map<String, String> settings) {
        this.name = name;
        this.host = host;
        this.directory = directory;
        this.settings = Program.settings(port, managementPort, database.url());
        this.settings.putAll(Map.of("HTTP_HOST", host.address(), "MANAGEMENT_HOST", host.address()));
        this.settings.putAll(Map.of("HTTP_EVENT_LOOPS", "1", "JOB_LEASE", "5s", "SHUTDOWN_DELAY", "1ms"));
        this.settings.putAll(settings);
    }

    Host host() {
        return host;
    }

    String base() {
        return "http://" + host.address() + ":" + port;
    }

    String hostAndPort() {
        return host.address() + ":" + port;
    }

    int port() {
        return port;
    }

    int managementPort() {
        return managementPort;
    }

    /** Begins to start; see {@link #ready}. */
    void start() {
        process = run("serve");
    }

    /** From its next start on it runs the classes and resources in this directory. */
    void install(Path otherRelease) {
        release = otherRelease;
    }

    /** What the command `replay` exits with on the node's database. */
    int replay(String... options) {
        Process replay =
                run(Stream.concat(Stream.of("replay"), Stream.of(options)).toArray(String[]::new));
        exited(replay);
        return replay.exitValue();
    }

    private Process run(String... arguments) {
        List<String> options = List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
        List<String> command = new ArrayList<>(host.prefix());
        command.addAll(Program.command(release, options, arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve(name + ".log").toFile()));
        builder.environment().putAll(settings);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean alive() {
        return process != null && process.isAlive();
    }

    /** What its health says: 0 where nobody answers within two seconds. */
    int health() {
        return Program.health(host.address(), managementPort);
    }

    boolean ready() {
        return health() == 200;
    }

    /** Kills it with SIGKILL, as the kernel does when memory is short. */
    void kill() {
        Process victim = running();
        victim.destroyForcibly();
        exited(victim);
    }

    /** Stops it in the middle of whatever it does. */
    void freeze() {
        Postgres.signal(running().pid(), "STOP");
    }

    void goOn() {
        Postgres.signal(running().pid(), "CONT");
    }

    /** Asks it to stop, and waits until it has. */
    void terminate() {
        Process leaving = running();
        leaving.destroy();
        exited(leaving);
    }

    @Override
    public void close() {
        if (alive()) {
            kill();
        }
    }

    private Process running() {
        if (process == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return process;
    }

    private static void exited(Process process) {
        try {
            if (!process.waitFor(180, TimeUnit.SECONDS)) {
                throw new IllegalStateException("it does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
