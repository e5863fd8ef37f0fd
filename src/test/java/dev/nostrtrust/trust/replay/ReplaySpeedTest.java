package dev.nostrtrust.trust.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.fixture.TestDatabases;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Replays a long generated ledger and prints the speed, which does not decide the test. */
@Tag("full")
class ReplaySpeedTest {
    private static final int ENTRIES = Integer.getInteger("replay.entries", 20_000);
    private static final int IDENTITIES = Math.max(10, ENTRIES / 100);

    @Test
    void a_long_ledger_is_replayed_to_its_head() {
        DatabaseAddress database = TestDatabases.fresh();
        GeneratedLedger.fill(database, ENTRIES, IDENTITIES);

        try (LedgerReader ledger = LedgerReader.open(database)) {
            Replay replay = new Replay(ledger.policies(), ledger.reversed(), null);
            long began = System.nanoTime();
            ledger.entries(replay::entry);
            System.out.printf("%.0f entries/s%n", ENTRIES * 1e9 / (System.nanoTime() - began));
            replay.head(ledger.head());
            ledger.standings(replay::identity);
            replay.end();

            assertThat(replay.head().seq()).isEqualTo(ENTRIES);
            assertThat(replay.identities()).isEqualTo(IDENTITIES);
        }
    }
}
