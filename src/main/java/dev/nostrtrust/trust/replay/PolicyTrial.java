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
 * What tiers would be if another policy had been in force from the first entry on: give it the entries in their order,
 * then every identity. A tier that an operator has fixed stays as it is. Pure; one thread.
 */
public final class PolicyTrial {
    private static final int NAME_WIDTH = 12;
    private static final int COUNT_WIDTH = 13;

    private final TrustModel inForce;
    private final TrustModel other;
    private final Instant at;
    private final FactFold facts;
    private final Map<Tier, Map<Tier, Long>> counts = new EnumMap<>(Tier.class);
    private long fixed;

    /**
     * Begins with an empty ledger.
     *
     * @param inForce under which tiers are read now
     * @param other the one that is tried
     * @param reversed the ids of all facts that some entry reverses
     * @param at the time at which tiers are compared
     */
    public PolicyTrial(TrustModel inForce, TrustModel other, Set<Long> reversed, Instant at) {
        this.inForce = inForce;
        this.other = other;
        this.at = at;
        this.facts = new FactFold(reversed::contains);
    }

    /** The next entry. */
    public void entry(Entry stored) {
        facts.score(other, stored.id(), stored.fact());
    }

    /** An identity, after the last entry. */
    public void identity(StoredStanding stored) {
        Standing standing = stored.standing();
        Tier from = standing.tierAt(inForce, at);
        Standing replayed = facts.standing(standing.pubkey());
        Tier to = standing.locked() != null
                ? standing.locked()
                : replayed == null ? other.newcomer(at).tier() : replayed.tierAt(other, at);
        fixed += standing.locked() == null ? 0 : 1;
        counts.computeIfAbsent(from, tier -> new EnumMap<>(Tier.class)).merge(to, 1L, Long::sum);
    }

    /** How many identities would go from one tier to another. */
    public long count(Tier from, Tier to) {
        return counts.getOrDefault(from, Map.of()).getOrDefault(to, 0L);
    }

    /** How many of them an operator has fixed. */
    public long fixed() {
        return fixed;
    }

    /** A line for each tier now, a column for each tier then, and their sums. */
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

    /** A count for each tier and their sum. */
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
