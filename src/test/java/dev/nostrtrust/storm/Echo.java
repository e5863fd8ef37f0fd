package dev.nostrtrust.storm;

import dev.nostrtrust.app.ClusterNodes;
import dev.nostrtrust.bus.VertxNode;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.fixture.Program;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A node that answers at once with what it was told, as a process of its own: what a question takes here that no answer
 * has to be found for.
 */
final class Echo implements AutoCloseable {
    static final String ADDRESS = "storm.echo";

    private final Process process;

    private Echo(Process process) {
        this.process = process;
    }

    /** Starts it as a member of the cluster of those at these ports, of which the given one is its own. */
    static Echo start(int port, List<Integer> ports) {
        try {
            Path directory = Files.createDirectories(Path.of("target", "storm"));
            ProcessBuilder builder = new ProcessBuilder(Program.commandOf(
                            Echo.class.getName(), List.of("-Xms256m", "-Xmx256m", "-XX:+UseShenandoahGC")))
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("echo-" + port + ".log").toFile());
            builder.environment().putAll(ClusterNodes.membership(port, ports));
            return new Echo(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void main(String[] arguments) throws TimeoutException {
        VertxNode.join(SettingsReader.of(System.getenv()).cluster())
                .compose(vertx -> vertx.eventBus()
                        .<JsonObject>consumer(ADDRESS, message -> message.reply(message.body()))
                        .completion())
                .await(60, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
