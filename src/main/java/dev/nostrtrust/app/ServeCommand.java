package dev.nostrtrust.app;

import dev.nostrtrust.auth.Actor;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.config.LocalSecrets;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.db.embedded.DataDirectory;
import dev.nostrtrust.db.embedded.EmbeddedPostgres;
import dev.nostrtrust.demo.Invocation;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Serves until the process gets a signal to stop. */
@Command(name = "serve", description = "Starts the server. It runs an embedded PostgreSQL unless DATABASE_URL is set.")
final class ServeCommand implements Callable<Integer> {
    private static final Duration WORKER_TOKEN_TTL = Duration.ofDays(30);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        Configuration configuration = Configuration.read(SettingsReader.ofProcess());
        CloseStack closeStack = new CloseStack();
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            closeStack.close();
            stopped.countDown();
        }));
        try {
            Settings settings = configuration.settings();
            DatabaseAddress address = database(settings, closeStack);
            Application application = Application.start(configuration, address, Application.SYSTEM_CLOCK);
            closeStack.push(application);
            announce(application, configuration);
        } catch (RuntimeException e) {
            closeStack.close();
            throw e;
        }
        stopped.await();
        return 0;
    }

    private static DatabaseAddress database(Settings settings, CloseStack closeStack) {
        if (settings.databaseUrl().isPresent()) {
            Ports.expectFree(settings);
            return new DatabaseAddress(settings.databaseUrl().get());
        }
        DataDirectory directory = DataDirectory.open(settings.dataDir());
        closeStack.push(directory);
        // After the directory, so that a second server with the same settings reports the first one.
        Ports.expectFree(settings);
        EmbeddedPostgres postgres = EmbeddedPostgres.start(directory);
        closeStack.push(postgres);
        return postgres.address();
    }

    private void announce(Application application, Configuration configuration) throws Exception {
        Settings settings = configuration.settings();
        PrintWriter out = spec.commandLine().getOut();
        out.println();
        out.println("  Nostr Trust Engine");
        String origin = configuration.origins().all().get(0);
        out.println("  page         " + origin + "/");
        out.println("  API          " + origin + "/docs");
        out.println("  health       http://" + settings.managementHost() + ":" + application.managementPort()
                + "/health/ready");
        if (settings.databaseUrl().isEmpty()) {
            LocalSecrets secrets = LocalSecrets.of(settings.dataDir());
            String token = application
                    .wiring()
                    .credentials()
                    .mint(Scope.WORKER, "local", WORKER_TOKEN_TTL, new Actor("serve", null))
                    .await(10, TimeUnit.SECONDS)
                    .token();
            secrets.keep(LocalSecrets.WORKER_TOKEN, token);
            out.println("  data         " + secrets.directory());
            out.println("  worker token " + token);
            out.println("  try it       " + Invocation.of("demo") + "   (in another terminal)");
        }
        out.println();
        out.flush();
    }
}
