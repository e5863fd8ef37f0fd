package dev.nostrtrust.app;

import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.operator.AuditStore;
import dev.nostrtrust.operator.AuditStore.Filter;
import dev.nostrtrust.operator.AuditStore.Page;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Reads the audit log. */
@Command(name = "audit", description = "Reads the audit log.")
final class AuditCommand implements Runnable {
    private final Supplier<SettingsReader> reader;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    AuditCommand(Supplier<SettingsReader> reader) {
        this.reader = reader;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a subcommand: list.");
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists rows from the newest to the oldest.")
    int list(
            @Option(names = "--actor", description = "Who did it, such as operator:alice.") @Nullable String actor,
            @Option(names = "--action", description = "Such as login, block or credential_revoked.") @Nullable
                    String action,
            @Option(names = "--subject", description = "To whom: a public key, or a scope and a name.") @Nullable
                    String subject,
            @Option(names = "--since", paramLabel = "TIME", description = "At this time or later.") @Nullable
                    Instant since,
            @Option(names = "--until", paramLabel = "TIME", description = "Before this time.") @Nullable Instant until,
            @Option(names = "--limit", defaultValue = "100", description = "Most rows, 1 to 10000.") int limit)
            throws Exception {
        if (limit < 1 || limit > 10_000) {
            throw new IllegalStateException("--limit must be 1 to 10000");
        }
        Filter filter = new Filter(actor, action, subject == null ? null : subjectOf(subject), since, until);
        try (CommandServices services = CommandServices.open(reader)) {
            AuditStore audit = services.wiring().audit();
            TextTable table = new TextTable("at", "actor", "action", "subject", "detail", "reason");
            int left = limit;
            Long before = Long.MAX_VALUE;
            while (before != null && left > 0) {
                Page page = CommandServices.await(audit.list(filter, before, Math.min(left, 1000)));
                page.rows()
                        .forEach(row -> table.row(
                                row.at().truncatedTo(ChronoUnit.MILLIS).toString(),
                                row.actor(),
                                row.action(),
                                Objects.requireNonNullElse(row.subject(), ""),
                                Objects.requireNonNullElse(row.detail(), ""),
                                Objects.requireNonNullElse(row.reason(), "")));
                left -= page.rows().size();
                before = page.next();
            }
            table.print(out());
            return 0;
        }
    }

    /** A public key may be written as npub. */
    private static String subjectOf(String text) {
        try {
            return PublicKey.parse(text).hex();
        } catch (ApiError notAKey) {
            return text;
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
