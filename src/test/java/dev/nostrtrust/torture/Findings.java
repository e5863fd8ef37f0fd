package dev.nostrtrust.torture;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Collects violations: the first few of each invariant in words, and the number of the others. */
final class Findings {
    private static final int SHOWN = 20;

    private final Map<Invariant, List<String>> shown = new EnumMap<>(Invariant.class);
    private final Map<Invariant, Long> counts = new EnumMap<>(Invariant.class);

    void add(Invariant invariant, String what) {
        counts.merge(invariant, 1L, Long::sum);
        List<String> some = shown.computeIfAbsent(invariant, key -> new ArrayList<>());
        if (some.size() < SHOWN) {
            some.add(what);
        }
    }

    /** In the order of invariants; where not all of one are shown, its last element says how many more there are. */
    List<BrokenInvariant> list() {
        List<BrokenInvariant> all = new ArrayList<>();
        shown.forEach((invariant, some) -> {
            some.forEach(what -> all.add(new BrokenInvariant(invariant, what)));
            long more = counts.getOrDefault(invariant, 0L) - some.size();
            if (more > 0) {
                all.add(new BrokenInvariant(invariant, "and " + more + " more"));
            }
        });
        return all;
    }
}
