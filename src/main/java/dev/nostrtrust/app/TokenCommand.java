package dev.nostrtrust.app;

import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.auth.SignatureWorkers;
import dev.nostrtrust.auth.Tokens;
import dev.nostrtrust.bus.VertxNode;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.observe.Metrics;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Issues a token for a worker, service or operator, signed with the server's keys. */
@Command(name = "token", description = "Prints a token for a worker, a service or an operator.")
final class TokenCommand implements Callable<Integer> {
    @Option(names = "--scope", required = true, description = "Scope of the token: ${COMPLETION-CANDIDATES}.")
    private Minted scope = Minted.WORKER;

    @Option(names = "--name", defaultValue = "unnamed", description = "Name of the user in the audit log.")
    private String name = "unnamed";

    @Option(names = "--days", defaultValue = "30", description = "Validity in days, 1 to 3650.")
    private int days = 30;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Scopes that the command issues. Users get their tokens by logging in. */
    enum Minted {
        WORKER(Scope.WORKER),
        SERVICE(Scope.SERVICE),
        OPERATOR(Scope.OPERATOR);

        private final Scope granted;

        Minted(Scope granted) {
            this.granted = granted;
        }
    }

    @Override
    public Integer call() throws Exception {
        if (days < 1 || days > 3650) {
            throw new IllegalStateException("--days must be 1 to 3650");
        }
        if (!name.matches("[A-Za-z0-9_.-]{1,64}")) {
            throw new IllegalStateException("--name must be 1 to 64 letters, digits, dots, dashes or underscores");
        }
        Settings settings = Configuration.read(SettingsReader.ofProcess()).settings();
        Vertx vertx = Vertx.vertx(VertxNode.withoutFiles());
        try {
            SignatureWorkers workers = SignatureWorkers.start(vertx, settings, Metrics.start());
            Tokens tokens =
                    new Tokens(vertx, settings, ServerKeys.of(settings).tokens(), workers, Application.SYSTEM_CLOCK);
            String token = tokens.issue(
                            scope.granted,
                            name,
                            null,
                            Application.SYSTEM_CLOCK.instant().plus(Duration.ofDays(days)))
                    .await(30, TimeUnit.SECONDS);
            spec.commandLine().getOut().println(token);
            return 0;
        } finally {
            vertx.close().await(30, TimeUnit.SECONDS);
        }
    }
}
