package dev.nostrtrust.app;

import dev.nostrtrust.auth.Actor;
import dev.nostrtrust.bus.VertxNode;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.db.Database;
import dev.nostrtrust.observe.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The services of a server for one command: on the database of the server, outside of its cluster. Blocks. */
final class CommandServices implements AutoCloseable {
    private static final int TIMEOUT_SECONDS = 60;

    private final CloseStack closeStack;
    private final Wiring wiring;

    private CommandServices(CloseStack closeStack, Wiring wiring) {
        this.closeStack = closeStack;
        this.wiring = wiring;
    }

    /**
     * Connects to the database of the settings. Closes everything again if that fails.
     *
     * @throws IllegalStateException if there is no database
     */
    static CommandServices open(Supplier<SettingsReader> reader) {
        Configuration configuration = Configuration.read(reader.get());
        CloseStack closeStack = new CloseStack();
        try {
            return new CommandServices(closeStack, wiring(configuration, closeStack));
        } catch (RuntimeException e) {
            closeStack.close();
            throw e;
        }
    }

    private static Wiring wiring(Configuration configuration, CloseStack closeStack) {
        Settings settings = configuration.settings();
        DatabaseAddress address = CommandDatabase.find(settings, closeStack);
        Vertx vertx = Vertx.vertx(VertxNode.withoutFiles());
        closeStack.push(() -> vertx.close().await(TIMEOUT_SECONDS, TimeUnit.SECONDS));
        Metrics metrics = Metrics.start();
        closeStack.push(metrics);
        Database database = Database.open(vertx, address, settings, metrics);
        closeStack.push(() -> database.close().await(TIMEOUT_SECONDS, TimeUnit.SECONDS));
        return Application.wiring(configuration, vertx, database, metrics, Application.SYSTEM_CLOCK);
    }

    /**
     * The user of the operating system.
     *
     * @throws IllegalStateException if the reason is too long
     */
    Actor actor(@Nullable String reason) {
        if (reason != null && reason.length() > Actor.MAX_REASON) {
            throw new IllegalStateException("--reason must have at most " + Actor.MAX_REASON + " characters");
        }
        return new Actor("command:" + System.getProperty("user.name", "unknown"), reason);
    }

    Wiring wiring() {
        return wiring;
    }

    /** Waits for a result; fails with its error. */
    static <T> T await(Future<T> result) throws Exception {
        try {
            return result.await(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("The database did not answer within a minute.", e);
        }
    }

    @Override
    public void close() {
        closeStack.close();
    }
}
