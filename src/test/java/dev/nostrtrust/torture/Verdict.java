package dev.nostrtrust.torture;

import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.torture.Diary.Fact;
import dev.nostrtrust.torture.Diary.Promise;
import dev.nostrtrust.torture.Diary.Source;
import dev.nostrtrust.torture.Follower.Seen;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What is true after a run: the promises of the diary and what the follower saw, held against the database.
 *
 * @param acked reports that were answered with 200 and have a fact
 * @param refused requests that were answered with 503
 * @param applied facts in the ledger
 * @param lost promised facts that are not there, or not as promised
 * @param duplicated facts that are there more than once
 */
record Verdict(
        long acked,
        long refused,
        long applied,
        long lost,
        long duplicated,
        List<BrokenInvariant> violations,
        List<String> notes) {
    private static final Duration SCORED_WITHIN = Duration.ofMinutes(1);

    /** Ends the load, waits until all facts are scored, but no longer than a minute, and judges. */
    static Verdict on(Cluster cluster, Load load) {
        load.end();
        try (Connection connection = cluster.postgres().connect()) {
            awaitScored(connection);
            load.drain();
            List<BrokenInvariant> violations = new ArrayList<>(LedgerAudit.of(connection));
            violations.addAll(load.diary().violations());
            Map<Source, List<Fact>> ledger = ledger(connection);
            long lost = promises(load.diary().promises(), ledger, violations);
            feed(load.feed().seen(), connection, violations);
            long twice =
                    ledger.values().stream().filter(facts -> facts.size() > 1).count();
            long acked = load.diary().promises().values().stream()
                    .filter(promise -> promise.fact() != null)
                    .count();
            long applied = ledger.values().stream().mapToLong(List::size).sum();
            return new Verdict(
                    acked,
                    load.diary().refusals(),
                    applied,
                    lost,
                    twice,
                    violations,
                    load.diary().notes());
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What of these promises a database does not keep. */
    static List<BrokenInvariant> broken(Map<Source, Promise> promises, Connection connection) throws SQLException {
        List<BrokenInvariant> broken = new ArrayList<>();
        promises(promises, ledger(connection), broken);
        return broken;
    }

    boolean violates(Invariant invariant) {
        return violations.stream().anyMatch(violation -> violation.invariant() == invariant);
    }

    /** One line that says it all. */
    String summary(String fault) {
        return String.format(
                "torture: %-50s acked %6d  refused %6d  applied %6d  lost %d  duplicated %d  violations %d  notes %d",
                fault, acked, refused, applied, lost, duplicated, violations.size(), notes.size());
    }

    private static void awaitScored(Connection connection) throws SQLException {
        long end = System.nanoTime() + SCORED_WITHIN.toNanos();
        while (System.nanoTime() < end && count(connection) > 0) {
            Waiting.aMoment();
        }
    }

    private static long count(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT count(*) FROM trust_ledger WHERE seq IS NULL")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static Map<Source, List<Fact>> ledger(Connection connection) throws SQLException {
        Map<Source, List<Fact>> ledger = new HashMap<>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(
                        "SELECT source, source_id, pubkey, kind, coalesce(reason, ''), sats" + " FROM trust_ledger")) {
            while (rows.next()) {
                ledger.computeIfAbsent(new Source(rows.getString(1), rows.getString(2)), first -> new ArrayList<>())
                        .add(new Fact(rows.getString(3), rows.getString(4), rows.getString(5), rows.getLong(6)));
            }
        }
        return ledger;
    }

    /** Counts what was promised and is not there; what is there and was promised never to be is a violation, too. */
    private static long promises(
            Map<Source, Promise> promises, Map<Source, List<Fact>> ledger, List<BrokenInvariant> violations) {
        long lost = 0;
        for (Map.Entry<Source, Promise> promised : promises.entrySet()) {
            List<Fact> facts = ledger.getOrDefault(promised.getKey(), List.of());
            Fact fact = promised.getValue().fact();
            if (!facts.equals(fact == null ? List.of() : List.of(fact))) {
                lost += fact != null && !facts.contains(fact) ? 1 : 0;
                violations.add(new BrokenInvariant(
                        Invariant.I1,
                        promised.getKey() + " was promised as " + fact + " and is in the ledger as " + facts));
            }
        }
        return lost;
    }

    private static void feed(List<Seen> seen, Connection connection, List<BrokenInvariant> violations)
            throws SQLException {
        List<Seen> ledger = new ArrayList<>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT seq, encode(hash, 'hex') FROM trust_ledger"
                        + " WHERE seq IS NOT NULL ORDER BY seq, id")) {
            while (rows.next()) {
                ledger.add(new Seen(rows.getLong(1), rows.getString(2)));
            }
        }
        if (!seen.equals(ledger)) {
            violations.add(new BrokenInvariant(
                    Invariant.I5,
                    "the follower saw " + seen.size() + " entries, the ledger has " + ledger.size() + "; the first "
                            + agreeing(seen, ledger) + " agree"));
        }
    }

    private static long agreeing(List<Seen> seen, List<Seen> ledger) {
        int i = 0;
        while (i < seen.size() && i < ledger.size() && seen.get(i).equals(ledger.get(i))) {
            i++;
        }
        return i;
    }

    /** The violations in words, by invariant. */
    String reasons() {
        return violations.stream()
                .map(violation -> violation.invariant() + " " + violation.what())
                .collect(Collectors.joining("\n"));
    }
}
