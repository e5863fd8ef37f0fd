package dev.nostrtrust.app;

import dev.nostrtrust.auth.Credential;
import dev.nostrtrust.auth.Credentials;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.config.SettingsReader;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The credentials of workers, services and operators. */
@Command(name = "token", description = "Mints, lists and revokes the tokens of workers, services and operators.")
final class TokenCommand implements Runnable {
    private final Supplier<SettingsReader> reader;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    TokenCommand(Supplier<SettingsReader> reader) {
        this.reader = reader;
    }

    @Override
    public void run() {
        throw new picocli.CommandLine.ParameterException(
                spec.commandLine(), "Name a subcommand: mint, list or revoke.");
    }

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

    @Command(name = "mint", mixinStandardHelpOptions = true, description = "Prints a new token. It is shown only once.")
    int mint(
            @Option(names = "--scope", required = true, description = "Scope of the token: ${COMPLETION-CANDIDATES}.")
                    Minted scope,
            @Option(names = "--name", required = true, description = "Name of its holder in the audit log.")
                    String name,
            @Option(names = "--days", defaultValue = "30", description = "Validity in days, 1 to 3650.") int days,
            @Option(names = "--reason", description = "Why, for the audit log.") @Nullable String reason)
            throws Exception {
        if (days < 1 || days > 3650) {
            throw new IllegalStateException("--days must be 1 to 3650");
        }
        if (!Credentials.isName(name)) {
            throw new IllegalStateException(
                    "--name must be 1 to 64 letters, digits, dots, dashes or underscores, and no public key");
        }
        try (CommandServices services = CommandServices.open(reader)) {
            Credentials.Minted minted = CommandServices.await(services.wiring()
                    .credentials()
                    .mint(scope.granted, name, Duration.ofDays(days), services.actor(reason)));
            out().println(minted.token());
            return 0;
        }
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists the tokens from the newest to the oldest.")
    int list(@Option(names = "--limit", defaultValue = "100", description = "Most tokens, 1 to 10000.") int limit)
            throws Exception {
        if (limit < 1 || limit > 10_000) {
            throw new IllegalStateException("--limit must be 1 to 10000");
        }
        try (CommandServices services = CommandServices.open(reader)) {
            List<Credential> credentials =
                    CommandServices.await(services.wiring().credentials().list(null, limit));
            TextTable table = new TextTable("id", "scope", "name", "created", "expires", "last used", "revoked");
            for (Credential each : credentials) {
                table.row(
                        each.id().toString(),
                        each.scope().code(),
                        each.name(),
                        time(each.createdAt()) + " by " + each.createdBy(),
                        time(each.expiresAt()),
                        time(each.lastUsedAt()),
                        each.revokedAt() == null ? "" : time(each.revokedAt()) + " by " + each.revokedBy());
            }
            table.print(out());
            return 0;
        }
    }

    @Command(
            name = "revoke",
            mixinStandardHelpOptions = true,
            description = "Revokes tokens: no node accepts them a second later.")
    int revoke(
            @Parameters(paramLabel = "ID", arity = "1..*", description = "Ids of tokens, as listed.") List<UUID> ids,
            @Option(names = "--reason", required = true, description = "Why, for the audit log.") String reason)
            throws Exception {
        try (CommandServices services = CommandServices.open(reader)) {
            for (UUID id : ids) {
                Credential revoked =
                        CommandServices.await(services.wiring().credentials().revoke(id, services.actor(reason)));
                out().println("revoked " + revoked.scope().code() + ":" + revoked.name() + " " + id);
            }
            return 0;
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private static String time(@Nullable Instant time) {
        return time == null ? "" : time.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
