package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The torture can fail: each of these breaks one thing that keeps the promise, and has to be found out. */
@Tag("full")
class NegativeControlTest {
    private static final int CUSTOMERS = 6;
    private static final Map<String, String> TIMELESS =
            Map.of("TRUST_HALF_LIFE_DAYS", "1000000000", "TRUST_TIER_HYSTERESIS", "0");

    private static Verdict told(String fault, Verdict verdict) {
        System.out.println(verdict.summary(fault));
        return verdict;
    }

    @Test
    void commits_that_wait_for_no_disk_are_lost_in_a_crash_and_found_out() {
        try (Cluster cluster = Cluster.start(
                1, Map.of(), postgres -> postgres.execute("ALTER ROLE postgres SET synchronous_commit = off"))) {
            Load load = Load.begin(cluster, CUSTOMERS, 1);
            for (int i = 0; i < 3; i++) {
                load.awaitProgress(50);
                Trouble.DATABASE_CRASHED.strike(cluster, load);
            }

            Verdict verdict = told("control: synchronous_commit=off", Verdict.on(cluster, load));

            assertThat(verdict.violates(Invariant.I1))
                    .as("lost facts are found")
                    .isTrue();
            assertThat(verdict.lost()).isPositive();
        }
    }

    @Test
    void without_the_unique_constraint_facts_told_twice_are_counted_twice_and_found_out() {
        try (Cluster cluster = Cluster.start(
                2,
                Map.of(),
                postgres -> postgres.execute(
                        "ALTER TABLE trust_ledger DROP CONSTRAINT trust_ledger_source_source_id_key"))) {
            Load load = Load.begin(cluster, CUSTOMERS, 2);
            load.awaitProgress(300);

            Verdict verdict = told("control: no UNIQUE on facts", Verdict.on(cluster, load));

            assertThat(verdict.violates(Invariant.I1))
                    .as("facts told twice are found")
                    .isTrue();
            assertThat(verdict.duplicated()).isPositive();
        }
    }

    @Test
    void the_tempting_scorer_is_right_alone() throws InterruptedException {
        Verdict verdict = scoredBy(1);

        assertThat(verdict.violates(Invariant.CHAIN))
                .as("it leaves out the hashes")
                .isTrue();
        assertThat(verdict.violates(Invariant.I3)).as(verdict.reasons()).isFalse();
        assertThat(verdict.violates(Invariant.I2)).as(verdict.reasons()).isFalse();
    }

    @Test
    void two_tempting_scorers_count_facts_twice_and_are_found_out() throws InterruptedException {
        Verdict verdict = scoredBy(3);

        assertThat(verdict.violates(Invariant.I3))
                .as("facts counted twice are found")
                .isTrue();
    }

    private static Verdict scoredBy(int scorers) throws InterruptedException {
        try (Cluster cluster = Cluster.start(1, TIMELESS)) {
            // The servers' own scorer begins the ledger, and names the policy.
            Load first = Load.begin(cluster, 1, 3);
            first.awaitProgress(1);
            assertThat(Verdict.on(cluster, first).violations()).isEmpty();
            Load load = Load.begin(cluster, CUSTOMERS, 4);
            TemptingScorer.scoring(scorers, cluster.postgres(), () -> {
                load.awaitProgress(200);
                load.end();
            });
            Verdict verdict = told("control: " + scorers + " one-statement scorers", Verdict.on(cluster, load));
            assertThat(cluster.nodes().get(0).replay())
                    .as("exit status of replay")
                    .isEqualTo(3);
            return verdict;
        }
    }
}
