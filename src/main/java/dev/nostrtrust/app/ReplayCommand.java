package dev.nostrtrust.app;

import dev.nostrtrust.config.SettingsReader;
import dev.nostrtrust.trust.ledger.LedgerHead;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.replay.Divergence;
import dev.nostrtrust.trust.replay.LedgerReader;
import dev.nostrtrust.trust.replay.PolicyOutcomes;
import dev.nostrtrust.trust.replay.PolicyTrial;
import dev.nostrtrust.trust.replay.Replay;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Verifies the stored state against the ledger and tries other policies on it. Writes nothing. */
@Command(
        name = "replay",
        description = "Replays the whole ledger and compares every stored number bit by bit.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:The stored state matches the ledger.",
            "1:The ledger cannot be read, or the file of --policy is invalid.",
            "2:The command line is invalid.",
            "3:The stored state differs; the first difference is printed."
        })
final class ReplayCommand implements Callable<Integer> {
    private static final int DIFFERS = 3;

    @Option(
            names = "--policy",
            paramLabel = "FILE",
            description = "Also print the tiers under this policy: a properties file of TRUST_... names.")
    private @Nullable Path policy;

    @Option(
            names = "--outcomes",
            description = "Also print outcomes by tier, under the policy in force and under that of --policy.")
    private boolean outcomes;

    @Option(names = "--at", paramLabel = "TIME", description = "The time for --policy, in ISO 8601. Default: now.")
    private @Nullable Instant at;

    @Option(
            names = "--expect-head",
            paramLabel = "SEQ:HASH",
            converter = HeadText.class,
            description = "A head that an earlier replay printed. The ledger must contain it.")
    private @Nullable LedgerHead expected;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private final Supplier<SettingsReader> reader;

    ReplayCommand(Supplier<SettingsReader> reader) {
        this.reader = reader;
    }

    /** Parses a head as printed by a replay. */
    static final class HeadText implements picocli.CommandLine.ITypeConverter<LedgerHead> {
        @Override
        public LedgerHead convert(String text) {
            try {
                return LedgerHead.parse(text);
            } catch (IllegalArgumentException e) {
                throw new picocli.CommandLine.TypeConversionException(e.getMessage());
            }
        }
    }

    @Override
    public Integer call() {
        Configuration configuration = Configuration.readForDatabase(reader.get());
        TrustModel other = policy == null ? null : new TrustModel(PolicyFile.read(policy));
        try (CloseStack closeStack = new CloseStack();
                LedgerReader ledger = LedgerReader.open(CommandDatabase.find(configuration.settings(), closeStack))) {
            Set<Long> reversed = ledger.reversed();
            Instant now = at == null ? Application.SYSTEM_CLOCK.instant() : at;
            PolicyTrial trial = other == null ? null : new PolicyTrial(configuration.model(), other, reversed, now);
            List<PolicyOutcomes> compared = outcomes(configuration.model(), other, reversed);
            replay(ledger, new Replay(ledger.policies(), reversed, expected), trial, compared);
            if (other != null && trial != null) {
                print(trial, other, now);
            }
            compared.forEach(this::print);
            return 0;
        } catch (Divergence e) {
            spec.commandLine().getErr().println("Differs: " + e.getMessage() + ".");
            return DIFFERS;
        }
    }

    private List<PolicyOutcomes> outcomes(TrustModel current, @Nullable TrustModel other, Set<Long> reversed) {
        return !outcomes
                ? List.of()
                : Stream.of(current, other)
                        .filter(Objects::nonNull)
                        .map(model -> new PolicyOutcomes(model, reversed))
                        .toList();
    }

    private void replay(
            LedgerReader ledger, Replay replay, @Nullable PolicyTrial trial, List<PolicyOutcomes> compared) {
        long start = System.nanoTime();
        ledger.entries(entry -> {
            replay.entry(entry);
            if (trial != null) {
                trial.entry(entry);
            }
            compared.forEach(outcomes -> outcomes.entry(entry));
        });
        replay.head(ledger.head());
        ledger.standings(
                trial == null
                        ? replay::identity
                        : standing -> {
                            replay.identity(standing);
                            trial.identity(standing);
                        });
        replay.end();
        long unscored = ledger.unscored();
        print(replay, unscored, Duration.ofNanos(System.nanoTime() - start));
    }

    private void print(Replay replay, long unscored, Duration took) {
        PrintWriter out = spec.commandLine().getOut();
        double seconds = took.toNanos() / 1e9;
        out.printf(
                Locale.ROOT,
                "entries     %d in %.1f s: %.0f/s%n",
                replay.head().seq(),
                seconds,
                replay.head().seq() / seconds);
        out.println("identities  " + replay.identities() + uncompared(replay));
        out.println("policies    " + replay.policies());
        out.println("unscored    " + unscored);
        out.println("head        " + replay.head());
        out.println("The stored state matches the ledger.");
        out.flush();
    }

    private static String uncompared(Replay replay) {
        return replay.uncompared() == 0
                ? ""
                : ", " + replay.uncompared() + " of them without history and under a policy that never scored an entry:"
                        + " their balance and score are never used and were not compared";
    }

    private void print(PolicyTrial trial, TrustModel other, Instant now) {
        PrintWriter out = spec.commandLine().getOut();
        out.println();
        out.println("Tiers under policy " + other.policyVersion() + " at " + now + ":");
        trial.table().forEach(out::println);
        out.println("fixed by an operator, unchanged: " + trial.locked());
        out.flush();
    }

    private void print(PolicyOutcomes compared) {
        PrintWriter out = spec.commandLine().getOut();
        out.println();
        out.println("Outcomes by tier under policy " + compared.policyVersion() + ":");
        compared.table().forEach(out::println);
        out.flush();
    }
}
