package dev.nostrtrust.trust.ledger;

import static dev.nostrtrust.app.TestServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.nostr.SecretKey;
import dev.nostrtrust.observe.Metrics;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The metrics of the ledger, on a database for each test, because they count all its rows. */
@ExtendWith(VertxExtension.class)
class LedgerGaugesTest {
    private static final List<String> LEDGER =
            List.of("trust.ledger.entries", "trust.ledger.waiting", "trust.ledger.lag");
    private static final PublicKey KEY = SecretKey.random(new SecureRandom()).publicKey();

    private final Metrics metrics = Metrics.start();
    private MigratedDatabase database;
    private Ledger ledger;
    private LedgerGauges gauges;

    @BeforeEach
    void open(Vertx vertx) {
        database = MigratedDatabase.open(vertx);
        ledger = new Ledger(database.database());
        gauges = new LedgerGauges(ledger, metrics);
    }

    @AfterEach
    void close() {
        metrics.close();
    }

    private double value(String name) {
        return metrics.registry().get(name).gauge().value();
    }

    private double identities(String tier) {
        return metrics.registry()
                .get("trust.identities")
                .tag("tier", tier)
                .gauge()
                .value();
    }

    @Test
    void nothing_is_reported_before_the_first_reading() {
        assertThat(LEDGER).allSatisfy(name -> assertThat(value(name)).isNaN());
        assertThat(identities("new")).isNaN();
    }

    @Test
    void facts_and_identities_are_counted() {
        Instant longAgo = Instant.parse("2000-01-01T00:00:00Z");
        await(ledger.append(Fact.success("test", "1", KEY, 1, longAgo), new TrustModel(TrustPolicy.defaults())));
        database.sql("UPDATE trust_head SET seq = 41");

        await(gauges.refresh());

        assertThat(value("trust.ledger.entries")).isEqualTo(41);
        assertThat(value("trust.ledger.waiting")).isEqualTo(1);
        assertThat(value("trust.ledger.lag")).isGreaterThan(20 * 365 * 86_400.0);
        assertThat(identities("new")).isEqualTo(1);
        assertThat(identities("elite")).isZero();
    }

    @Test
    void a_fact_of_the_future_has_no_negative_age() {
        Instant future = Instant.parse("2999-01-01T00:00:00Z");
        await(ledger.append(Fact.success("test", "1", KEY, 1, future), new TrustModel(TrustPolicy.defaults())));

        await(gauges.refresh());

        assertThat(value("trust.ledger.lag")).isZero();
    }

    @Test
    void a_reading_that_fails_clears_all_values_until_the_next_one() {
        await(gauges.refresh());
        database.sql("ALTER TABLE trust_head RENAME TO hidden_head");

        assertThatThrownBy(() -> await(gauges.refresh())).hasMessageContaining("trust_head");

        assertThat(LEDGER).allSatisfy(name -> assertThat(value(name)).isNaN());
        assertThat(identities("new")).isNaN();
        database.sql("ALTER TABLE hidden_head RENAME TO trust_head");
        await(gauges.refresh());
        assertThat(value("trust.ledger.entries")).isZero();
        assertThat(identities("new")).isZero();
    }
}
