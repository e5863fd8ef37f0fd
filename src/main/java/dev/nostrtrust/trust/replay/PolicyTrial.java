package dev.nostrtrust.trust.replay;

import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.FactFold;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.replay.LedgerReader.StoredStanding;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Computes the tiers under another policy, as if it had applied from the first entry. Pass all entries in order, then
 * all identities. A tier that an operator locked does not change. Pure; not thread-safe.
 */
public final class PolicyTrial {
    private static final int NAME_WIDTH = 12;
    private static final int COUNT_WIDTH = 13;

    private final TrustModel current;
    private final TrustModel candidate;
    private final Instant at;
    private final FactFold facts;
    private final Map<Tier, Map<Tier, Long>> counts = new EnumMap<>(Tier.class);
    private long locked;

    /**
     * Creates a trial with an empty ledger.
     *
     * @param current the model of the current tiers
     * @param candidate the model to try
     * @param reversed the ids of all facts that an entry reverses
     * @param at the time at which the tiers are compared
     */
    public PolicyTrial(TrustModel current, TrustModel candidate, Set<Long> reversed, Instant at) {
        this.current = current;
        this.candidate = candidate;
        this.at = at;
        this.facts = new FactFold(reversed::contains);
    }

    /** Adds the next entry. */
    public void entry(Entry stored) {
        facts.score(candidate, stored.id(), stored.fact());
    }

    /** Adds an identity, after the last entry. */
    public void identity(StoredStanding stored) {
        Standing standing = stored.standing();
        Tier from = standing.tierAt(current, at);
        Standing replayed = facts.standing(standing.pubkey());
        Tier to = standing.locked() != null
                ? standing.locked()
                : replayed == null ? candidate.newcomer(at).tier() : replayed.tierAt(candidate, at);
        locked += standing.locked() == null ? 0 : 1;
        counts.computeIfAbsent(from, tier -> new EnumMap<>(Tier.class)).merge(to, 1L, Long::sum);
    }

    /** The number of identities that would move from one tier to another. */
    public long count(Tier from, Tier to) {
        return counts.getOrDefault(from, Map.of()).getOrDefault(to, 0L);
    }

    /** The number of identities whose tier an operator locked. */
    public long locked() {
        return locked;
    }

    /** A table with a line for each current tier, a column for each new tier, and the sums. */
    public List<String> table() {
        Tier[] tiers = Tier.values();
        List<String> lines = new ArrayList<>();
        lines.add(line("from \\ to", Stream.concat(Arrays.stream(tiers).map(Tier::code), Stream.of("all"))));
        for (Tier from : tiers) {
            lines.add(line(from.code(), counts(tier -> count(from, tier))));
        }
        lines.add(line("all", counts(to -> Arrays.stream(tiers)
                .mapToLong(from -> count(from, to))
                .sum())));
        return lines;
    }

    /** The count of each tier and the sum. */
    private static Stream<String> counts(ToLongFunction<Tier> count) {
        long sum = Arrays.stream(Tier.values()).mapToLong(count).sum();
        return LongStream.concat(Arrays.stream(Tier.values()).mapToLong(count), LongStream.of(sum))
                .mapToObj(Long::toString);
    }

    private static String line(String name, Stream<String> cells) {
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-" + NAME_WIDTH + "s", name));
        cells.forEach(cell -> line.append(String.format(Locale.ROOT, "%" + COUNT_WIDTH + "s", cell)));
        return line.toString();
    }
}
