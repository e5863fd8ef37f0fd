package dev.nostrtrust.storm;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Spells in which the same piece of work took many times what it takes else. Belongs to one thread. */
final class Spells {
    /** The other half of a core at work makes two of it. */
    private static final int SLOW = 4;

    private static final int IN_A_ROW = 3;
    /** What comes so soon after a spell belongs to it. */
    private static final long SAME_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final long usual;
    private final List<Spell> all = new ArrayList<>();
    private int slow;
    private long begin;
    private long first = Long.MAX_VALUE;
    private long last;

    /** From when to when, by System.nanoTime. */
    private record Spell(long begin, long end) {
        long nanos() {
            return end - begin;
        }
    }

    /**
     * None yet.
     *
     * @param usual what a piece takes, in nanoseconds
     */
    Spells(long usual) {
        this.usual = usual;
    }

    /** A piece was done between these times, and took so much of them. */
    void saw(long from, long to, long taken) {
        first = Math.min(first, from);
        last = to;
        if (taken <= SLOW * usual) {
            slow = 0;
            return;
        }
        if (slow++ == 0) {
            begin = from;
        }
        if (slow >= IN_A_ROW) {
            add(to);
        }
    }

    /** Whether something fell into a spell, or into as long a time after it, in which what was left lying is done. */
    boolean touched(long from, long to) {
        return all.stream().anyMatch(spell -> from <= spell.end + spell.nanos() && to >= spell.begin);
    }

    @Override
    public String toString() {
        long total = all.stream().mapToLong(Spell::nanos).sum();
        long longest = all.stream().mapToLong(Spell::nanos).max().orElse(0);
        return String.format(
                Locale.ROOT,
                "the machine stalled %d times, for %.1f %% of the time and %.0f ms at most",
                all.size(),
                100.0 * total / Math.max(1, last - first),
                longest / 1e6);
    }

    private void add(long end) {
        int previous = all.size() - 1;
        if (previous >= 0 && begin - all.get(previous).end < SAME_NANOS) {
            all.set(previous, new Spell(all.get(previous).begin, end));
        } else {
            all.add(new Spell(begin, end));
        }
    }
}
