package dev.nostrtrust.app;

import dev.nostrtrust.auth.Actor;
import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.db.UuidV7;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.operator.IdentityListing;
import dev.nostrtrust.operator.IdentityListing.Filter;
import dev.nostrtrust.operator.IdentityListing.Page;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustReport;
import io.vertx.core.Future;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What operators do with identities. Each change is audited in its own transaction. */
@Command(name = "identity", description = "Lists identities, and changes what operators may change.")
final class IdentityCommand implements Runnable {
    private static final String KEY = "Public key of the identity, in hex or as npub.";
    private static final String REASON = "Why, for the audit log.";

    private final Supplier<SettingsReader> reader;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    IdentityCommand(Supplier<SettingsReader> reader) {
        this.reader = reader;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a subcommand, such as list or show.");
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists identities in the order of their keys.")
    int list(
            @Option(names = "--tier", description = "The tier that counts now.") @Nullable Tier tier,
            @Option(names = "--blocked", description = "Only blocked ones.") boolean blocked,
            @Option(names = "--seen-since", paramLabel = "TIME", description = "Last seen at this time or later.")
                    @Nullable
                    Instant seenSince,
            @Option(names = "--seen-before", paramLabel = "TIME", description = "Last seen before this time.") @Nullable
                    Instant seenBefore,
            @Option(names = "--min-balance", paramLabel = "SATS", description = "Least balance now.") @Nullable
                    Double minBalance,
            @Option(names = "--max-balance", paramLabel = "SATS", description = "Largest balance now.") @Nullable
                    Double maxBalance,
            @Option(names = "--limit", defaultValue = "100", description = "Most identities, 1 to 10000.") int limit)
            throws Exception {
        if (limit < 1 || limit > 10_000) {
            throw new IllegalStateException("--limit must be 1 to 10000");
        }
        Filter filter = new Filter(tier, blocked ? Boolean.TRUE : null, seenSince, seenBefore, minBalance, maxBalance);
        try (CommandServices services = CommandServices.open(reader)) {
            IdentityListing listing = services.wiring().identityListing();
            TextTable table = new TextTable("npub", "tier", "score", "balance", "last seen", "blocked since");
            int left = limit;
            @Nullable String after = "";
            while (after != null && left > 0) {
                Page page = CommandServices.await(listing.list(filter, after, Math.min(left, 100)));
                page.identities().forEach(each -> {
                    TrustReport report = listing.report(each.standing());
                    table.row(
                            each.standing().pubkey().npub(),
                            report.effective().tier().code(),
                            String.format(Locale.ROOT, "%.2f", report.score()),
                            String.format(Locale.ROOT, "%.0f", report.balance()),
                            time(each.lastSeen()),
                            time(each.blockedAt()));
                });
                left -= page.identities().size();
                after = page.next();
            }
            table.print(out());
            return 0;
        }
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows an identity with its trust, as JSON.")
    int show(@Parameters(paramLabel = "KEY", description = KEY) String key) throws Exception {
        PublicKey pubkey = PublicKey.parse(key);
        try (CommandServices services = CommandServices.open(reader)) {
            IdentityListing listing = services.wiring().identityListing();
            out().println(CommandServices.await(listing.find(pubkey))
                    .map(found -> listing.toJson(found).encode())
                    .orElseThrow(() ->
                            ApiError.of(ErrorCode.IDENTITY_NOT_FOUND, "No identity with this public key is known.")));
            return 0;
        }
    }

    @Command(name = "lock", mixinStandardHelpOptions = true, description = "Locks the tier.")
    int lock(
            @Parameters(paramLabel = "KEY", description = KEY) String key,
            @Parameters(paramLabel = "TIER", description = "One of ${COMPLETION-CANDIDATES}.") Tier tier,
            @Option(names = "--reason", required = true, description = REASON) String reason)
            throws Exception {
        return change(key, reason, (wiring, change) -> wiring.operatorActions()
                .lock(change.pubkey(), tier, change.actor(), change.now()));
    }

    @Command(name = "unlock", mixinStandardHelpOptions = true, description = "Ends the lock of a tier.")
    int unlock(
            @Parameters(paramLabel = "KEY", description = KEY) String key,
            @Option(names = "--reason", required = true, description = REASON) String reason)
            throws Exception {
        return change(key, reason, (wiring, change) -> wiring.operatorActions()
                .lock(change.pubkey(), null, change.actor(), change.now()));
    }

    @Command(
            name = "block",
            mixinStandardHelpOptions = true,
            description = "Blocks the identity, and withdraws its erasure.")
    int block(
            @Parameters(paramLabel = "KEY", description = KEY) String key,
            @Option(names = "--reason", required = true, description = REASON) String reason)
            throws Exception {
        return change(key, reason, (wiring, change) -> wiring.operatorActions()
                .block(change.pubkey(), true, change.actor(), change.now()));
    }

    @Command(name = "unblock", mixinStandardHelpOptions = true, description = "Ends a block.")
    int unblock(
            @Parameters(paramLabel = "KEY", description = KEY) String key,
            @Option(names = "--reason", required = true, description = REASON) String reason)
            throws Exception {
        return change(key, reason, (wiring, change) -> wiring.operatorActions()
                .block(change.pubkey(), false, change.actor(), change.now()));
    }

    @Command(name = "adjust", mixinStandardHelpOptions = true, description = "Changes the balance by signed sats.")
    int adjust(
            @Parameters(paramLabel = "KEY", description = KEY) String key,
            @Option(names = "--sats", required = true, description = "Such as 500 or -500.") long sats,
            @Option(names = "--reason", required = true, description = REASON) String reason)
            throws Exception {
        return change(key, reason, (wiring, change) -> wiring.operatorActions()
                .adjust(
                        change.pubkey(),
                        UuidV7.next(change.now()).toString(),
                        sats,
                        change.actor(),
                        null,
                        change.now()));
    }

    @Command(
            name = "logout",
            mixinStandardHelpOptions = true,
            description = "Ends all logins. The user may log in again.")
    int logout(
            @Parameters(paramLabel = "KEY", description = KEY) String key,
            @Option(names = "--reason", required = true, description = REASON) String reason)
            throws Exception {
        return change(
                key, reason, (wiring, change) -> wiring.identities().revokeLogins(change.pubkey(), change.actor()));
    }

    @Command(
            name = "logout-all",
            mixinStandardHelpOptions = true,
            description = "Ends all logins of all identities. The users may log in again.")
    int logoutAll(@Option(names = "--reason", required = true, description = REASON) String reason) throws Exception {
        try (CommandServices services = CommandServices.open(reader)) {
            Long ended = CommandServices.await(services.wiring().identities().revokeAllLogins(services.actor(reason)));
            out().println("ended the logins of " + ended + " identities");
            return 0;
        }
    }

    @Command(
            name = "erase",
            mixinStandardHelpOptions = true,
            description = "Schedules the erasure after ERASURE_GRACE, and ends all logins.")
    int erase(
            @Parameters(paramLabel = "KEY", description = KEY) String key,
            @Option(names = "--reason", required = true, description = REASON) String reason)
            throws Exception {
        return change(key, reason, (wiring, change) -> wiring.identities()
                .erase(
                        change.pubkey(),
                        change.actor(),
                        change.now().plus(wiring.settings().erasureGrace())));
    }

    @Command(name = "keep", mixinStandardHelpOptions = true, description = "Withdraws a scheduled erasure.")
    int keep(
            @Parameters(paramLabel = "KEY", description = KEY) String key,
            @Option(names = "--reason", required = true, description = REASON) String reason)
            throws Exception {
        return change(
                key, reason, (wiring, change) -> wiring.identities().withdrawErasure(change.pubkey(), change.actor()));
    }

    /** A change of one identity. */
    private record Change(PublicKey pubkey, Actor actor, Instant now) {}

    private int change(String key, String reason, BiFunction<Wiring, Change, Future<?>> action) throws Exception {
        PublicKey pubkey = PublicKey.parse(key);
        try (CommandServices services = CommandServices.open(reader)) {
            Wiring wiring = services.wiring();
            Change change =
                    new Change(pubkey, services.actor(reason), wiring.clock().instant());
            Object result = CommandServices.await(action.apply(wiring, change));
            if (result instanceof Standing standing) {
                TrustReport report = wiring.identityListing().report(standing);
                out().printf(
                                Locale.ROOT,
                                "%s: %s, score %.2f%s%n",
                                pubkey.npub(),
                                report.effective().tier().code(),
                                report.score(),
                                standing.blocked() ? ", blocked" : "");
            } else {
                out().println(pubkey.npub() + ": done");
            }
            out().flush();
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
