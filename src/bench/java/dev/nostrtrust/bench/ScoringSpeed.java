package dev.nostrtrust.bench;

import java.util.List;

/** How fast the server scores facts: with the chain of hashes and the standings of the identities. */
final class ScoringSpeed implements Contender {
    // The first batch may have waited for the interval of the scorer: its time is the start.
    private static final String RATE = """
            WITH batches AS (
                SELECT scored_at, count(*) AS facts FROM trust_ledger WHERE id > %d AND source = 'bench' GROUP BY scored_at)
            SELECT sum(facts) FILTER (WHERE scored_at > first) / extract(epoch FROM max(scored_at) - min(scored_at))
            FROM batches, (SELECT min(scored_at) AS first FROM batches)""";

    private final BenchDatabase database;
    private final long facts;

    ScoringSpeed(BenchDatabase database, long facts) {
        this.database = database;
        this.facts = facts;
    }

    @Override
    public void warmUp() throws Exception {
        measure();
    }

    @Override
    public Sample measure() throws Exception {
        long last = (long) database.number("SELECT max(id) FROM trust_ledger");
        database.execute(List.of(Seed.facts(database.identities(), facts)));
        database.awaitScored();
        return Sample.of(database.number(RATE.formatted(last)));
    }
}
