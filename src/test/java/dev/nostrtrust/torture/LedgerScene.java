package dev.nostrtrust.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.e2e.Answer;
import dev.nostrtrust.e2e.Api;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.e2e.Waiting;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A few users' months on one server, with everything in them that can reach a ledger. */
final class LedgerScene {
    private final TestServer server;
    private final Api api;

    private LedgerScene(TestServer server) {
        this.server = server;
        this.api = Api.of(server);
    }

    /**
     * Plays it, and waits until all of it is scored.
     *
     * @param regular a user who may have logged in before
     */
    static void play(TestServer server, User regular) {
        LedgerScene scene = new LedgerScene(server);
        scene.aCustomerWhoComesAndGoes();
        scene.aCustomerOnTheEdge();
        scene.aDebtor();
        scene.nobodyInParticular();
        scene.operators();
        scene.giftsOfAFewPoints();
        scene.reportLateFacts();
        new User().logIn(scene.api);
        scene.aRegular(regular);
        scene.decisions();
        scene.awaitScored();
    }

    private void aRegular(User user) {
        user.logIn(api);
        tell(user, "success", null, 40, 1);
        awaitScored();
        adjust(user, 9000);
        awaitScored();
        reverse(fail(user, "abuse", 3000));
        days(3);
        complete(user, 1, 0);
    }

    private void aCustomerWhoComesAndGoes() {
        User user = new User();
        complete(user, 3000, 0);
        complete(user, 1, 500);
        days(40);
        complete(user, 12_500, 7);
        String fault = fail(user, "unpaid", 800);
        days(60);
        reverse(fault);
        days(1);
        complete(user, 0, 3);
        fail(user, "worker_error", 10);
        fail(user, "platform_error", 10);
        days(400);
        fail(user, "expired", 2_000_000);
    }

    private void aCustomerOnTheEdge() {
        User user = new User();
        complete(user, 35_001, 0);
        days(20);
        complete(user, 1, 0);
        days(10);
        complete(user, 1, 0);
        days(10);
        fail(user, "abuse", 0);
        cancel(user, true);
        cancel(user, false);
        days(200);
        complete(user, 40_000, 0);
    }

    private void aDebtor() {
        User user = new User();
        fail(user, "payment_reversed", 100);
        days(20);
        complete(user, 1, 0);
        days(45);
        complete(user, 1, 0);
        reverse(complete(user, 100_000, 0));
    }

    private void nobodyInParticular() {
        report(order(api), "complete", "\"sats_cost\":5");
        report(order(api), "fail", "\"reason\":\"unpaid\",\"sats\":5");
        assertThat(worker().post(order(new User()) + "/cancel").status()).isEqualTo(200);
        order(new User());
    }

    private void operators() {
        User user = new User();
        user.logIn(api);
        String path = "/api/trust/" + user.pubkey();
        Api keyed = operator().with("Idempotency-Key", "a-\"quoted\"-\\key/" + UUID.randomUUID());
        assertThat(keyed.post(path + "/adjust", "{\"sats\":40000}").status()).isEqualTo(200);
        assertThat(operator().post(path + "/lock", "{\"tier\":\"new\"}").status())
                .isEqualTo(200);
        complete(user, 1, 0);
        awaitScored();
        days(1);
        adjust(user, -90_000);
        adjust(user, 0);
    }

    /** Everything that operators decide, about a user whose tier decays meanwhile, and the end of an identity. */
    private void decisions() {
        User user = new User();
        complete(user, 13_000, 0);
        awaitScored();
        decide(user, "lock", "{\"tier\":\"elite\"}");
        days(2);
        decide(user, "block", "{\"blocked\":true}");
        days(30);
        decide(user, "lock", "{\"tier\":null}");
        decide(user, "block", "{\"blocked\":false}");
        complete(user, 1, 0);
        awaitScored();
        User leaver = new User();
        leaver.logIn(api);
        adjust(leaver, 3000);
        server.execute("UPDATE nostr_identities SET erase_after = '"
                + server.clock().instant() + "' WHERE pubkey = '" + leaver.pubkey() + "'");
        Waiting.until(() -> server.count(
                        "SELECT count(*) FROM trust_ledger WHERE kind = 'erase' AND pubkey = '" + leaver.pubkey() + "'")
                == 1);
    }

    private void decide(User user, String action, String body) {
        assertThat(operator()
                        .post("/api/trust/" + user.pubkey() + "/" + action, body)
                        .status())
                .isEqualTo(200);
    }

    /** Small sums move tiers where the balance is in points. */
    private void giftsOfAFewPoints() {
        User user = new User();
        user.logIn(api);
        adjust(user, 25);
        days(3);
        complete(user, 1, 0);
        days(29);
        adjust(user, 60);
        days(6);
        fail(user, "unpaid", 1);
        days(20);
        adjust(user, -3);
        days(100);
        complete(user, 1, 0);
    }

    /** Facts that are written long after they occurred, as another system's outbox would. */
    private void reportLateFacts() {
        User user = new User();
        complete(user, 7000, 0);
        awaitScored();
        tell(user, "success", null, 10_000, 60);
        tell(user, "failure", "policy_rejected", 6_000, 30);
        tell(user, "success", null, 1, 400);
        awaitScored();
        days(5);
        complete(user, 20, 0);
        User newcomer = new User();
        newcomer.logIn(api);
        tell(newcomer, "success", null, 5000, 90);
        awaitScored();
        tell(newcomer, "adjustment", null, 5000, 1);
    }

    private void tell(User user, String kind, @Nullable String reason, long sats, int daysAgo) {
        server.execute("INSERT INTO trust_ledger (source, source_id, pubkey, kind, reason, sats, occurred_at) VALUES"
                + " ('outbox', E'nr \\u0001\\t\\u20ac " + UUID.randomUUID() + "', '" + user.pubkey() + "', '" + kind
                + "', "
                + (reason == null ? "NULL" : "'" + reason + "'") + ", " + sats + ", '"
                + server.clock().instant()
                + "'::timestamptz - interval '" + daysAgo + " days')");
    }

    private String complete(User user, long sats, long absorbed) {
        return report(order(user), "complete", "\"sats_cost\":" + sats + ",\"sats_absorbed\":" + absorbed);
    }

    private String fail(User user, String reason, long sats) {
        return report(order(user), "fail", "\"reason\":\"" + reason + "\",\"sats\":" + sats);
    }

    private void cancel(User user, boolean late) {
        Api own = api.as(user.logIn(api));
        String job = order(own);
        if (late) {
            worker().post(job + "/claim");
        }
        assertThat(own.post(job + "/cancel").status()).isEqualTo(200);
    }

    private void adjust(User user, long sats) {
        String path = "/api/trust/" + user.pubkey() + "/adjust";
        assertThat(operator().post(path, "{\"sats\":" + sats + "}").status()).isEqualTo(200);
    }

    private void reverse(String job) {
        Answer answer = operator().post(job + "/reverse");
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
    }

    private String report(String job, String how, String fields) {
        String fence = worker().post(job + "/claim").json().get("fence").asText();
        Answer answer = worker().post(job + "/" + how, "{\"fence\":" + fence + "," + fields + "}");
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        return job;
    }

    private String order(User user) {
        return order(api.as(user.logIn(api)));
    }

    private static String order(Api as) {
        return "/api/jobs/" + as.post("/api/jobs", "{\"request\":{}}").text("id");
    }

    // Days pass: each call has a token of its own time.
    private Api worker() {
        return api.as(server.token(Scope.WORKER));
    }

    private Api operator() {
        return api.as(server.token(Scope.OPERATOR));
    }

    private void days(int days) {
        awaitScored();
        server.clock().advance(Duration.ofDays(days));
    }

    private void awaitScored() {
        Waiting.until(() -> server.count("SELECT count(*) FROM trust_ledger WHERE seq IS NULL") == 0);
    }
}
