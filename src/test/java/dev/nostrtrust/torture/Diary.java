package dev.nostrtrust.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What clients were promised during a run. Any thread. */
final class Diary {
    private final Map<Source, Promise> promises = new ConcurrentHashMap<>();
    private final Queue<String> notes = new ConcurrentLinkedQueue<>();
    private final Queue<BrokenInvariant> violations = new ConcurrentLinkedQueue<>();
    private final AtomicLong refusals = new AtomicLong();
    private final AtomicLong logins = new AtomicLong();

    /** What makes a fact one and the same. */
    record Source(String source, String id) {}

    /** The fact that has to be in the ledger. */
    record Fact(String pubkey, String kind, String reason, long sats) {}

    /**
     * What a server has answered 200 to.
     *
     * @param report what it was told
     * @param fact what follows from it; null where nothing may
     */
    record Promise(String report, @Nullable Fact fact) {}

    /** A report was answered with 200. The same one may be, again and again; another one for the same job may not. */
    void promised(Source source, Promise promise) {
        Promise first = promises.putIfAbsent(source, promise);
        if (first != null && !first.equals(promise)) {
            violations.add(
                    new BrokenInvariant(Invariant.I6, source + " was finished as " + first + " and as " + promise));
        }
    }

    /** The number of successful redemptions of a challenge. */
    void redeemed(String challenge, long successes) {
        logins.addAndGet(successes);
        if (successes > 1) {
            violations.add(
                    new BrokenInvariant(Invariant.I6, "challenge " + challenge + " was redeemed " + successes + "×"));
        }
    }

    /** A request was refused with 503. */
    void refused() {
        refusals.incrementAndGet();
    }

    /** Something happened that must not happen at all. */
    void note(String what) {
        notes.add(what);
    }

    Map<Source, Promise> promises() {
        return promises;
    }

    List<BrokenInvariant> violations() {
        return new ArrayList<>(violations);
    }

    List<String> notes() {
        return new ArrayList<>(notes);
    }

    /** How many reports were answered with 200. */
    long acked() {
        return promises.size();
    }

    long refusals() {
        return refusals.get();
    }

    long logins() {
        return logins.get();
    }
}
