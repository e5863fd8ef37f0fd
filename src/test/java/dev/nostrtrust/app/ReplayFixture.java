package dev.nostrtrust.app;

import dev.nostrtrust.app.CommandRun.Outcome;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.config.DatabaseAddress;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.e2e.Waiting;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestDatabases;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.FaultReason;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A ledger that two servers made under two policies, with all that can be in one, and the command that replays it. */
final class ReplayFixture {
    static final Map<String, String> LINEAR = Map.of("TRUST_MODEL", "linear", "TRUST_BASELINE", "15");

    final User alice = new User();
    final User bob = new User();
    final User carol = new User();
    final User onlyLoggedIn = new User();
    final User seenBefore = new User();
    final User newcomer = new User();

    private final DatabaseAddress database = TestDatabases.fresh();
    private final TestClock clock = new TestClock();

    ReplayFixture() {
        try (TestServer server = TestServer.start(Map.of(), database, clock)) {
            underTheFirstPolicy(server);
        }
        clock.advance(Duration.ofDays(40));
        try (TestServer server = TestServer.start(LINEAR, database, clock)) {
            underTheSecondPolicy(server);
        }
    }

    /** The database as it was when the servers stopped. */
    DatabaseAddress copy() {
        return TestDatabases.copyOf(database);
    }

    static Outcome replay(DatabaseAddress database, String... arguments) {
        return run(Map.of("DATABASE_URL", database.url()), arguments);
    }

    static Outcome run(Map<String, String> settings, String... arguments) {
        return CommandRun.run(settings, "replay", arguments);
    }

    static void scored(TestServer server) {
        Waiting.until(() -> server.count("SELECT count(*) FROM trust_ledger WHERE seq IS NULL") == 0);
    }

    static PublicKey key(User user) {
        return new PublicKey(user.pubkey());
    }

    /** Entries 1 to 7: three of alice, the last one late; a job of bob, taken back; two adjustments of carol. */
    private void underTheFirstPolicy(TestServer server) {
        Api api = Api.of(server);
        Api operator = api.as(server.token(Scope.OPERATOR));
        for (User user : List.of(alice, carol, onlyLoggedIn, seenBefore)) {
            user.logIn(api);
        }
        record(server, Fact.success("test", "1", key(alice), 3000, clock.instant()));
        record(server, Fact.failure("test", "2", key(alice), FaultReason.ABUSE, 800, clock.instant()));
        record(
                server,
                Fact.success("test", "3", key(alice), 500, clock.instant().minus(Duration.ofDays(20))));
        String job = job(server, api.as(bob.logIn(api)));
        operator.post("/api/jobs/" + job + "/reverse");
        scored(server);
        String carols = "/api/trust/" + carol.pubkey();
        operator.post(carols + "/adjust", "{\"sats\":40000}");
        scored(server);
        operator.post(carols + "/adjust", "{\"sats\":-1}");
        operator.post(carols + "/lock", "{\"tier\":\"new\"}");
        operator.post(carols + "/block");
        scored(server);
    }

    /**
     * Entries 8 to 13: a first fact of one seen before, alice again, what was worth nothing reversed, alice's reversed.
     */
    private void underTheSecondPolicy(TestServer server) {
        newcomer.logIn(Api.of(server));
        record(server, Fact.success("test", "4", key(seenBefore), 1, clock.instant()));
        record(server, Fact.success("test", "5", key(alice), 0, clock.instant()));
        record(server, Fact.failure("test", "6", key(bob), FaultReason.UNPAID, 0, clock.instant()));
        record(
                server,
                Fact.success("test \"7\"\n", "ä", key(bob), 0, clock.instant().minus(Duration.ofDays(90))));
        reverse(server, "test", "5");
        reverse(server, "test", "1");
    }

    private static void record(TestServer server, Fact fact) {
        TestServer.await(server.trust().record(fact));
        scored(server);
    }

    private static String job(TestServer server, Api own) {
        Api worker = Api.of(server).as(server.token(Scope.WORKER));
        String job = own.post("/api/jobs", "{\"request\":{}}").text("id");
        String fence =
                worker.post("/api/jobs/" + job + "/claim").json().get("fence").asText();
        worker.post(
                "/api/jobs/" + job + "/complete", "{\"fence\":" + fence + ",\"sats_cost\":20000,\"sats_absorbed\":30}");
        scored(server);
        return job;
    }

    private void reverse(TestServer server, String source, String sourceId) {
        server.execute("INSERT INTO trust_ledger (source, source_id, pubkey, kind, reverses, occurred_at)"
                + " SELECT 'reversal', source_id, pubkey, 'reversal', id, '" + clock.instant() + "'"
                + " FROM trust_ledger WHERE source = '" + source + "' AND source_id = '" + sourceId + "'");
        scored(server);
    }
}
