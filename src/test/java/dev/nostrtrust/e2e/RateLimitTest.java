package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.fixture.BusRecorder;
import dev.nostrtrust.fixture.TestDatabases;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Limits of an hour, so that nothing comes back while a test runs, on two servers with one database. */
class RateLimitTest {
    private static final String ORDER = "{\"request\":{}}";
    private static final Map<String, String> LIMITS = Map.of(
            "RATE_LIMITS", "true",
            "RATE_WINDOW", "1h",
            "RATE_CHALLENGES", "20",
            "RATE_PROOFS", "3",
            "RATE_CREATIONS", "10",
            "RATE_ANONYMOUS_CREATIONS", "2",
            "RATE_TIER_NEW", "3",
            "RATE_TIER_ESTABLISHED", "5",
            "RATE_TIER_ELITE", "0");
    private static final ExecutorService THREADS = Executors.newCachedThreadPool();
    private static TestServer one;
    private static TestServer two;

    @BeforeAll
    static void start() {
        one = TestServer.start(proxied());
        two = TestServer.start(proxied(), one.database(), one.clock());
    }

    @AfterAll
    static void stop() {
        THREADS.shutdown();
        one.close();
        two.close();
    }

    /** What stands in the tables of one test is nothing to the next; what servers remember is of other addresses. */
    @AfterEach
    void forget() {
        one.execute("TRUNCATE rate_buckets");
    }

    private static Map<String, String> proxied() {
        Map<String, String> settings = new TreeMap<>(LIMITS);
        settings.put("TRUSTED_PROXIES", "127.0.0.1");
        return settings;
    }

    private static Api from(TestServer server, String address) {
        return Api.of(server).with("X-Forwarded-For", address);
    }

    private static String outcome(Answer answer) {
        return answer.status() + answer.code();
    }

    private static List<Answer> onBoth(String address, int times, String path, String body) {
        List<CompletableFuture<List<Answer>>> sent = new ArrayList<>();
        for (TestServer server : List.of(one, two)) {
            sent.add(CompletableFuture.supplyAsync(() -> from(server, address).postAtOnce(times, path, () -> body)));
        }
        return sent.stream().flatMap(all -> all.join().stream()).toList();
    }

    private static Stream<Answer> let(List<Answer> answers) {
        return answers.stream().filter(answer -> answer.status() < 300);
    }

    @Test
    void of_many_requests_on_both_servers_at_once_exactly_as_many_are_let_in_as_the_limit_says() {
        List<Answer> answers = onBoth("192.0.2.1", 40, "/api/identity/challenge", "{}");

        assertThat(let(answers)).hasSize(20);
        assertThat(answers.stream().map(RateLimitTest::outcome).filter("429rate_limited"::equals))
                .hasSize(60);
        assertThat(let(onBoth("192.0.2.2", 5, "/api/identity/challenge", "{}"))).hasSize(10);
    }

    @Test
    void every_answer_of_a_limited_operation_says_what_is_left_and_a_refusal_when_to_come_again() {
        Api api = from(one, "192.0.2.3");

        Answer first = api.post("/api/jobs", ORDER);
        api.post("/api/sessions", "{}");
        Answer third = api.post("/api/jobs", ORDER);
        Answer remembered = api.post("/api/jobs", ORDER);
        Answer elsewhere = from(two, "192.0.2.3").post("/api/jobs", ORDER);

        assertThat(first.header("RateLimit-Policy")).contains("\"address-creations\";q=2;w=3600");
        assertThat(first.header("RateLimit")).contains("\"address-creations\";r=1;t=1800");
        assertThat(List.of(third, remembered, elsewhere)).allSatisfy(answer -> {
            assertThat(outcome(answer)).isEqualTo("429rate_limited");
            assertThat(answer.header("RateLimit-Policy")).contains("\"address-creations\";q=2;w=3600");
            assertThat(answer.header("RateLimit").orElseThrow()).matches("\"address-creations\";r=0;t=3[56]\\d\\d");
            assertThat(Integer.parseInt(answer.header("Retry-After").orElseThrow()))
                    .isBetween(1700, 1800);
            assertThat(answer.text("policy")).isEqualTo("address-creations");
        });
    }

    @Test
    void who_was_refused_is_not_asked_after_again_until_it_is_time() {
        Api api = from(one, "192.0.2.4");
        for (int i = 0; i < 3; i++) {
            api.post("/api/jobs", ORDER);
        }

        one.execute("TRUNCATE rate_buckets");
        assertThat(outcome(api.post("/api/jobs", ORDER))).isEqualTo("429rate_limited");
        one.clock().advance(Duration.ofMinutes(30));
        assertThat(outcome(api.post("/api/jobs", ORDER))).isEqualTo("201");
    }

    @Test
    void a_network_of_64_bits_is_one_client_and_a_forged_hop_before_it_changes_nothing() {
        assertThat(outcome(from(one, "2001:db8:5:5::1").post("/api/jobs", ORDER)))
                .isEqualTo("201");
        assertThat(outcome(from(two, "9.9.9.9, 2001:db8:5:5:ffff::2").post("/api/jobs", ORDER)))
                .isEqualTo("201");
        assertThat(outcome(from(one, "8.8.8.8, 2001:db8:5:5::3, 127.0.0.1").post("/api/jobs", ORDER)))
                .isEqualTo("429rate_limited");
        assertThat(outcome(from(one, "2001:db8:5:6::1").post("/api/jobs", ORDER)))
                .isEqualTo("201");
    }

    @Test
    void what_an_untrusted_peer_says_of_its_address_changes_nothing() {
        Map<String, String> unproxied = proxied();
        unproxied.remove("TRUSTED_PROXIES");
        try (TestServer bare = TestServer.start(unproxied)) {
            for (int i = 0; i < 5; i++) {
                assertThat(outcome(from(bare, "203.0.113." + i).post("/api/jobs", ORDER)))
                        .isEqualTo(i < 2 ? "201" : "429rate_limited");
            }
        }
    }

    @Test
    void signatures_are_counted_whether_they_log_in_or_sign_a_request() {
        Api api = from(one, "192.0.2.5");
        User user = new User();
        String url = TestServer.ORIGIN + "/api/jobs";

        assertThat(outcome(api.post("/api/identity/verify", "{}"))).isEqualTo("400invalid_event_shape");
        assertThat(user.logIn(api)).isNotEmpty();
        String event =
                User.authorization(user.signRequest(url, ORDER, one.clock().instant()));
        Answer signed = api.with("Authorization", event).post("/api/jobs", ORDER);
        assertThat(outcome(signed)).isEqualTo("201");
        assertThat(signed.header("RateLimit-Policy"))
                .contains("\"address-proofs\";q=3;w=3600, \"identity-creations\";q=3;w=3600");
        assertThat(outcome(api.with("Authorization", event).post("/api/jobs", ORDER)))
                .isEqualTo("429rate_limited");
        assertThat(outcome(from(two, "192.0.2.5").post("/api/identity/verify", "{}")))
                .isEqualTo("429rate_limited");
    }

    @Test
    void an_identity_creates_as_much_as_its_tier_allows_from_wherever_it_comes() {
        List<String> counts = new ArrayList<>();
        for (String tier : List.of("new", "established", "elite")) {
            User user = new User();
            String token = user.logIn(from(one, "198.51.100." + counts.size()));
            one.execute(
                    "UPDATE nostr_identities SET tier_locked = '" + tier + "' WHERE pubkey = '" + user.pubkey() + "'");
            long let = 0;
            for (int i = 0; i < 8; i++) {
                TestServer server = i % 2 == 0 ? one : two;
                let += let(List.of(from(server, "192.0.3." + i).as(token).post("/api/jobs", ORDER)))
                        .count();
            }
            counts.add(tier + " " + let);
        }

        assertThat(counts).containsExactly("new 3", "established 5", "elite 8");
    }

    @Test
    void an_address_creates_so_much_and_no_more_with_however_many_keys() {
        List<String> outcomes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            String token = new User().logIn(from(one, "198.51.101." + i));
            for (int j = 0; j < 3; j++) {
                TestServer server = j % 2 == 0 ? one : two;
                outcomes.add(outcome(from(server, "192.0.2.20").as(token).post("/api/jobs", ORDER)));
            }
        }
        Answer refused = from(two, "192.0.2.20").post("/api/sessions", "{}");

        assertThat(outcomes.subList(0, 10)).containsOnly("201");
        assertThat(outcomes.subList(10, 15)).containsOnly("429rate_limited");
        assertThat(refused.text("policy")).isEqualTo("address-all-creations");
        assertThat(refused.header("RateLimit-Policy")).contains("\"address-all-creations\";q=10;w=3600");
        assertThat(outcome(from(one, "192.0.2.21").post("/api/sessions", "{}"))).isEqualTo("201");
    }

    @Test
    void a_service_that_asks_for_its_users_is_not_counted_as_an_address() {
        Api service = from(one, "192.0.2.22").as(one.token(Scope.SERVICE));
        List<String> outcomes = new ArrayList<>();
        String token = "";
        for (int i = 0; i < 5; i++) {
            User user = new User();
            token = user.logIn(from(one, "198.51.102." + i));
            String order = "{\"request\":{},\"nostr_token\":\"" + token + "\"}";
            for (int j = 0; j < 3; j++) {
                Answer answer = service.post("/api/jobs", order);
                outcomes.add(outcome(answer));
                assertThat(answer.text("nostr_pubkey")).isEqualTo(user.pubkey());
            }
        }
        String session = "{\"nostr_token\":\"" + token + "\"}";
        Answer identity = service.post("/api/sessions", session);

        assertThat(outcomes).containsOnly("201").hasSize(15);
        assertThat(identity.text("policy")).isEqualTo("identity-creations");
        assertThat(outcome(service.post("/api/jobs", ORDER))).isEqualTo("403insufficient_scope");
        assertThat(outcome(service.post("/api/sessions", "{\"nostr_token\":\"x\"}")))
                .isEqualTo("401invalid_token");
        assertThat(outcome(from(one, "192.0.2.22").as(one.token(Scope.WORKER)).post("/api/sessions", session)))
                .isEqualTo("403insufficient_scope");
    }

    @Test
    void requests_that_are_counted_together_keep_their_own_traces() {
        BusRecorder recorder = BusRecorder.of(one);
        Map<String, String> traces = new ConcurrentHashMap<>();
        List<CompletableFuture<Void>> sent = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            String trace = trace(i);
            Api api = from(one, "198.18.0." + i).with("traceparent", "00-" + trace + "-00000000000000ff-01");
            sent.add(CompletableFuture.runAsync(
                    () -> traces.put(api.post("/api/jobs", ORDER).text("id"), trace), THREADS));
        }
        sent.forEach(CompletableFuture::join);
        Waiting.until(() -> recorder.on("jobs.v1.changed").size() >= 20);

        assertThat(published(recorder))
                .containsExactlyEntriesOf(new TreeMap<>(traces))
                .hasSize(20);
    }

    private static String trace(int number) {
        return String.format("%032x", number);
    }

    /** The trace of the message about each job, by the job's id. */
    private static Map<String, String> published(BusRecorder recorder) {
        Map<String, String> published = new TreeMap<>();
        recorder.on("jobs.v1.changed")
                .forEach(message -> published.put(message.body().get("id").asText(), message.traceId()));
        return published;
    }

    @Test
    void what_finds_no_room_among_those_that_wait_to_be_counted_is_refused_and_not_let_in() throws Exception {
        Map<String, String> narrow = proxied();
        narrow.put("RATE_BATCH", "1");
        narrow.put("DATABASE_PIPELINING", "1");
        try (TestServer server = TestServer.start(narrow);
                Connection lock = TestDatabases.connect(server.database())) {
            lock.setAutoCommit(false);
            lock.createStatement().execute("LOCK TABLE rate_buckets IN ACCESS EXCLUSIVE MODE");
            AtomicInteger refused = new AtomicInteger();
            List<CompletableFuture<String>> sent = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Api api = from(server, "198.18.1." + i);
                sent.add(CompletableFuture.supplyAsync(
                        () -> {
                            String outcome = outcome(api.post("/api/identity/verify", "{}"));
                            refused.addAndGet(outcome.equals("503overloaded") ? 1 : 0);
                            return outcome;
                        },
                        THREADS));
            }

            // One is being counted, ten wait.
            Waiting.until(() -> refused.get() == 9);
            lock.rollback();
            assertThat(sent.stream().map(CompletableFuture::join))
                    .filteredOn("400invalid_event_shape"::equals)
                    .hasSize(11);
        }
    }

    @Test
    void a_signed_request_that_is_refused_for_its_rate_is_not_spent_and_a_login_that_ended_spends_nothing() {
        User user = new User();
        String token = user.logIn(from(one, "192.0.2.8"));
        Api.of(one).as(token).post("/api/identity/logout");
        for (int i = 0; i < 5; i++) {
            assertThat(outcome(from(one, "192.0.2.8").as(token).post("/api/jobs", ORDER)))
                    .isEqualTo("401token_revoked");
        }
        String again = user.logIn(from(one, "192.0.2.8"));
        for (int i = 0; i < 3; i++) {
            assertThat(outcome(from(one, "192.0.2.8").as(again).post("/api/jobs", ORDER)))
                    .isEqualTo("201");
        }
        String event = User.authorization(user.signRequest(
                TestServer.ORIGIN + "/api/jobs", ORDER, one.clock().instant()));

        assertThat(outcome(from(two, "192.0.2.9").with("Authorization", event).post("/api/jobs", ORDER)))
                .isEqualTo("429rate_limited");
        assertThat(one.count("SELECT count(*) FROM logins WHERE pubkey = '" + user.pubkey() + "'"))
                .isEqualTo(2);
    }

    @Test
    void while_nobody_can_count_everybody_is_let_in() throws Exception {
        Map<String, String> hasty = proxied();
        hasty.put("RATE_TIMEOUT", "50ms");
        // Nothing waits on a connection behind the statement that is held up.
        hasty.put("DATABASE_PIPELINING", "1");
        try (TestServer server = TestServer.start(hasty);
                Connection lock = TestDatabases.connect(server.database())) {
            lock.setAutoCommit(false);
            lock.createStatement().execute("LOCK TABLE rate_buckets IN ACCESS EXCLUSIVE MODE");

            for (int i = 0; i < 3; i++) {
                Answer answer = Api.of(server).post("/api/jobs", ORDER);

                assertThat(answer.status()).isEqualTo(201);
                assertThat(answer.header("RateLimit")).isEmpty();
            }
            lock.rollback();
        }
    }
}
