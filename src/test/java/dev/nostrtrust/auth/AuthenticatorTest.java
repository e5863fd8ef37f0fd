package dev.nostrtrust.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.config.KeyRing;
import dev.nostrtrust.config.Origins;
import dev.nostrtrust.config.Settings;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.fixture.MigratedDatabase;
import dev.nostrtrust.fixture.RouteServer;
import dev.nostrtrust.fixture.RouteServer.Response;
import dev.nostrtrust.fixture.TestClock;
import dev.nostrtrust.fixture.TestKeys;
import dev.nostrtrust.http.Reply;
import dev.nostrtrust.http.Routes;
import dev.nostrtrust.json.Json;
import dev.nostrtrust.login.LoginService;
import dev.nostrtrust.nostr.Event;
import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.observe.Metrics;
import dev.nostrtrust.ratelimit.RateLimiter;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustModel;
import dev.nostrtrust.trust.model.TrustPolicy;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two routes: one that creates something for anyone, and one for users and workers. */
@ExtendWith(VertxExtension.class)
class AuthenticatorTest {
    private static final String ORIGIN = "https://trust.example";
    private static final String BODY = "{\"name\":\"x\"}";
    private static final TestClock CLOCK = new TestClock();

    private static MigratedDatabase migrated;
    private static Tokens tokens;
    private static Credentials credentials;
    private static Authenticator authenticator;
    private static RouteServer server;

    private final User user = new User();

    @BeforeAll
    static void start(Vertx vertx) {
        Settings settings = RouteServer.settings(Map.of("RATE_LIMITS", "false"));
        migrated = MigratedDatabase.open(vertx);
        SignatureWorkers workers = SignatureWorkers.start(vertx, settings, Metrics.start());
        tokens = new Tokens(vertx, settings, KeyRing.parse("first:" + TestKeys.key(1)), workers, CLOCK);
        LoginService logins = new LoginService(
                settings,
                new Origins(List.of(ORIGIN)),
                KeyRing.parse("first:" + TestKeys.key(2)),
                workers,
                migrated.database(),
                tokens,
                new TrustModel(TrustPolicy.defaults()),
                CLOCK);
        RateLimits rates = new RateLimits(
                settings,
                new RateLimiter(migrated.database(), settings, CLOCK),
                caller -> Future.succeededFuture(Tier.NEW));
        credentials = new Credentials(migrated.database(), tokens, CLOCK);
        Operators operators = new Operators(Set.of(), new IdentityStore(migrated.database(), CLOCK));
        authenticator = new Authenticator(credentials, operators, logins::verifyRequest, rates);
        server = RouteServer.start(vertx, Map.of(), AuthenticatorTest::mount);
    }

    @AfterAll
    static void stop() {
        TestServer.await(migrated.database().close());
    }

    private static void mount(Routes routes) {
        routes.post("/things", request -> authenticator
                .authenticateCreator(request, fields -> {
                    String name = fields.string("name", 9);
                    fields.check();
                    return name;
                })
                .compose(creation -> creation.createOrRepeat(
                        () -> reply(creation.caller().actor(), creation.input()),
                        () -> reply("repeated", creation.input()).map(Optional::of))));
        routes.get("/me", request -> authenticator
                .require(request, Scope.USER, Scope.WORKER)
                .compose(caller -> reply(caller.actor(), "")));
        routes.get("/worker", request -> reply(Boolean.toString(authenticator.isWorker(request)), ""));
    }

    private static Future<Reply> reply(String actor, String order) {
        return Future.succeededFuture(
                Reply.ok(Json.object().put("actor", actor).put("order", order).build()));
    }

    private static String token(Scope scope, String subject, UUID login) {
        Duration hour = Duration.ofHours(1);
        return scope == Scope.USER
                ? TestServer.await(tokens.issue(
                        new PublicKey(subject), login, 0, CLOCK.instant().plus(hour)))
                : TestServer.await(credentials.mint(scope, subject, hour, new Actor("test", null)))
                        .token();
    }

    private static String token(Scope scope, String subject) {
        return token(scope, subject, UUID.randomUUID());
    }

    private static Response create(String body, String... headers) {
        return server.post("/things", body, headers);
    }

    private static String bodyWith(String token) {
        return "{\"name\":\"x\",\"nostr_token\":\"" + token + "\"}";
    }

    private static String actor(Response response) {
        assertThat(response.status()).as("%s", response).isEqualTo(200);
        return response.json().getString("actor");
    }

    private static String bearer(String token) {
        return "Bearer " + token;
    }

    private String signed(String body) {
        Event event = user.signRequest(ORIGIN + "/things", body, CLOCK.instant());
        return User.authorization(event);
    }

    @Test
    void a_creator_without_credentials_is_anonymous() {
        assertThat(actor(create(BODY))).isEqualTo("anonymous");
    }

    @Test
    void a_user_is_known_by_a_token_in_the_header_or_in_the_body() {
        String token = token(Scope.USER, user.pubkey());

        assertThat(actor(create(BODY, "Authorization", bearer(token)))).isEqualTo(user.pubkey());
        assertThat(actor(create(BODY, "Authorization", "bEARER  " + token))).isEqualTo(user.pubkey());
        assertThat(actor(create(bodyWith(token)))).isEqualTo(user.pubkey());
        assertThat(actor(create(bodyWith(token), "Authorization", bearer(token))))
                .isEqualTo(user.pubkey());
    }

    @Test
    void a_service_acts_for_the_user_of_the_body_and_not_for_itself() {
        String service = bearer(token(Scope.SERVICE, "shop"));

        assertThat(actor(create(bodyWith(token(Scope.USER, user.pubkey())), "Authorization", service)))
                .isEqualTo(user.pubkey());
        assertThat(create(BODY, "Authorization", service).code()).isEqualTo("insufficient_scope");
    }

    @Test
    void two_tokens_of_one_login_are_accepted_and_of_two_logins_refused() {
        UUID login = UUID.randomUUID();
        String first = bearer(token(Scope.USER, user.pubkey(), login));

        assertThat(actor(create(bodyWith(token(Scope.USER, user.pubkey(), login)), "Authorization", first)))
                .isEqualTo(user.pubkey());
        assertThat(create(bodyWith(token(Scope.USER, user.pubkey())), "Authorization", first)
                        .code())
                .isEqualTo("conflicting_credentials");
        assertThat(create(bodyWith(token(Scope.USER, new User().pubkey(), login)), "Authorization", first)
                        .code())
                .isEqualTo("conflicting_credentials");
    }

    @Test
    void credentials_that_are_wrong_are_refused_and_never_ignored() {
        String token = bearer(token(Scope.USER, user.pubkey()));

        assertThat(create(BODY, "Authorization", "Bearer x").code()).isEqualTo("invalid_token");
        assertThat(create(BODY, "Authorization", "Basic dTpw").code()).isEqualTo("invalid_token");
        assertThat(create(BODY, "Authorization", token, "Authorization", token).code())
                .isEqualTo("invalid_token");
        assertThat(create(bodyWith("x")).code()).isEqualTo("invalid_token");
        assertThat(create(bodyWith(token(Scope.WORKER, "printer"))).code()).isEqualTo("insufficient_scope");
        assertThat(create(BODY, "Authorization", "Nostr x").code()).isNotEmpty();
        assertThat(create(BODY, "Authorization", signed("another body")).code()).isEqualTo("payload_mismatch");
    }

    @Test
    void credentials_are_checked_before_the_input() {
        assertThat(create("{", "Authorization", "Bearer x").code()).isEqualTo("invalid_token");
        assertThat(create("{", "Authorization", bearer(token(Scope.WORKER, "printer")))
                        .code())
                .isEqualTo("insufficient_scope");
        assertThat(create("{").code()).isEqualTo("invalid_json");
        assertThat(create("{\"name\":7}", "Authorization", bearer(token(Scope.USER, user.pubkey())))
                        .code())
                .isEqualTo("invalid_request");
    }

    @Test
    void a_signed_request_creates_once_and_is_repeated_only_with_an_idempotency_key() {
        String signed = signed(BODY);

        assertThat(actor(create(BODY, "Authorization", signed))).isEqualTo(user.pubkey());
        assertThat(create(BODY, "Authorization", signed).code()).isEqualTo("event_used");
        assertThat(actor(create(BODY, "Authorization", signed, "Idempotency-Key", "k")))
                .isEqualTo("repeated");
    }

    @Test
    void a_signed_request_whose_input_is_refused_is_not_spent() {
        String signed = signed("{}");
        assertThat(create("{}", "Authorization", signed).code()).isEqualTo("invalid_request");

        // The same event would be used if the first request had redeemed it.
        assertThat(create("{}", "Authorization", signed).code()).isEqualTo("invalid_request");
        assertThat(migrated.sql("SELECT count(*) FROM logins WHERE pubkey = '" + user.pubkey() + "'"))
                .isZero();
    }

    @Test
    void the_token_in_a_signed_request_belongs_to_its_signer() {
        String own = bodyWith(token(Scope.USER, user.pubkey()));
        String foreign = bodyWith(token(Scope.USER, new User().pubkey()));

        assertThat(actor(create(own, "Authorization", signed(own)))).isEqualTo(user.pubkey());
        assertThat(create(foreign, "Authorization", signed(foreign)).code()).isEqualTo("conflicting_credentials");
    }

    @Test
    void a_route_requires_one_of_its_scopes() {
        assertThat(actor(server.get("/me", "Authorization", bearer(token(Scope.USER, user.pubkey())))))
                .isEqualTo(user.pubkey());
        assertThat(actor(server.get("/me", "Authorization", bearer(token(Scope.WORKER, "printer")))))
                .isEqualTo("worker:printer");
        String signed = user.authorize("GET", ORIGIN + "/me", CLOCK.instant());
        assertThat(actor(server.get("/me", "Authorization", signed))).isEqualTo(user.pubkey());

        Response service = server.get("/me", "Authorization", bearer(token(Scope.SERVICE, "shop")));
        assertThat(server.get("/me").code()).isEqualTo("token_required");
        assertThat(service.code()).isEqualTo("insufficient_scope");
        assertThat(service.json().getJsonArray("expected")).containsExactlyInAnyOrder("user", "worker");
    }

    @Test
    void a_worker_is_known_at_once_by_its_token() {
        String worker = bearer(token(Scope.WORKER, "printer"));
        String service = bearer(token(Scope.SERVICE, "shop"));
        TestServer.await(credentials.refresh());

        assertThat(actor(server.get("/worker", "Authorization", worker))).isEqualTo("true");
        assertThat(actor(server.get("/worker", "Authorization", service))).isEqualTo("false");
        assertThat(actor(server.get("/worker", "Authorization", "Bearer x"))).isEqualTo("false");
        assertThat(actor(server.get("/worker"))).isEqualTo("false");
    }
}
