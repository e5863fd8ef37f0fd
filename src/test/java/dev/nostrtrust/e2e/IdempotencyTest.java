package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class IdempotencyTest {
    private static final String ORDER = "{\"request\":{\"prompt\":\"hello\"}}";
    private static TestServer server;
    private static Api api;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        api = Api.of(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Api keyed(Api as, String key) {
        return as.with("Idempotency-Key", key);
    }

    @Test
    void the_same_key_and_request_get_the_first_answer_even_after_the_job_has_moved_on() {
        Api own = keyed(api.as(new User().logIn(api)), "order-1");

        Answer first = own.post("/api/jobs", ORDER);
        api.as(server.token(Scope.WORKER)).post("/api/jobs/" + first.text("id") + "/claim");
        Answer again = own.post("/api/jobs", ORDER);

        assertThat(again.status()).isEqualTo(201);
        assertThat(again.json()).isEqualTo(first.json());
    }

    @Test
    void a_refreshed_token_in_the_body_makes_no_other_request() {
        User user = new User();
        String one = user.logIn(api);
        String two = user.logIn(api);
        String body = "{\"request\":{},\"nostr_token\":\"%s\"}";

        Answer first = keyed(api, "order-2").post("/api/jobs", body.formatted(one));
        Answer again = keyed(api, "order-2").post("/api/jobs", body.formatted(two));

        assertThat(again.text("id")).isEqualTo(first.text("id"));
    }

    @Test
    void the_same_key_with_another_request_is_refused() {
        Api own = keyed(api.as(new User().logIn(api)), "order-3");
        own.post("/api/jobs", ORDER);

        Answer other = own.post("/api/jobs", ORDER.replace("hello", "bye"));

        assertThat(other.status() + other.code()).isEqualTo("422idempotency_key_reused");
    }

    @Test
    void white_space_makes_no_other_request_but_the_order_of_members_and_the_spelling_of_numbers_do() {
        Api own = keyed(api.as(new User().logIn(api)), "order-4");
        Answer first = own.post("/api/jobs", "{\"request\":{\"a\":1,\"b\":\"x y\"}}");

        Answer spaced = own.post("/api/jobs", " {\"request\" :\n{ \"a\": 1 ,\t\"b\":\"x y\" } }\r\n");

        assertThat(spaced.text("id")).as(spaced.toString()).isEqualTo(first.text("id"));
        for (String other : List.of(
                "{\"request\":{\"b\":\"x y\",\"a\":1}}",
                "{\"request\":{\"a\":1.0,\"b\":\"x y\"}}",
                "{\"request\":{\"a\":1e0,\"b\":\"x y\"}}",
                "{\"request\":{\"a\":\"1\",\"b\":\"x y\"}}",
                "{\"request\":{\"a\":1,\"b\":\"x  y\"}}")) {
            assertThat(own.post("/api/jobs", other).code()).as(other).isEqualTo("idempotency_key_reused");
        }
    }

    @Test
    void keys_belong_to_identities() {
        Answer one = keyed(api.as(new User().logIn(api)), "mine").post("/api/jobs", ORDER);
        Answer two = keyed(api.as(new User().logIn(api)), "mine").post("/api/jobs", ORDER);

        assertThat(one.text("id")).isNotEqualTo(two.text("id"));
    }

    @Test
    void of_32_orders_at_once_with_one_key_one_is_made_and_all_others_hear_of_it_or_wait() {
        Api own = keyed(api.as(new User().logIn(api)), "at-once");

        List<Answer> answers = own.postAtOnce(32, "/api/jobs", () -> ORDER);

        assertThat(answers).allSatisfy(answer -> assertThat(answer.status() + answer.code())
                .isIn("201", "409idempotency_in_flight"));
        assertThat(answers.stream()
                        .filter(answer -> answer.status() == 201)
                        .map(answer -> answer.text("id"))
                        .distinct())
                .containsExactly(own.post("/api/jobs", ORDER).text("id"));
    }

    @Test
    void an_anonymous_key_has_to_be_unguessable_and_keys_have_a_form() {
        String uuid = UUID.randomUUID().toString();

        assertThat(keyed(api, "order-1").post("/api/jobs", ORDER).code()).isEqualTo("invalid_idempotency_key");
        assertThat(keyed(api, uuid).post("/api/jobs", ORDER).text("id"))
                .isEqualTo(keyed(api, uuid).post("/api/jobs", ORDER).text("id"));
        assertThat(keyed(api, "a b").post("/api/jobs", ORDER).code()).isEqualTo("invalid_idempotency_key");
        assertThat(keyed(keyed(api, uuid), uuid).post("/api/jobs", ORDER).code())
                .isEqualTo("invalid_idempotency_key");
    }

    @Test
    void sessions_and_requests_within_them_honour_keys_too() {
        Api own = api.as(new User().logIn(api));
        Answer first = keyed(own, "s").post("/api/sessions", "{}");
        Answer again = keyed(own, "s").post("/api/sessions", "{}");
        String session = "/api/sessions/" + first.text("id");

        Answer request = keyed(own, "r").post(session + "/requests", ORDER);
        own.post(session + "/close");
        Answer repeated = keyed(own, "r").post(session + "/requests", ORDER);

        assertThat(again.json()).isEqualTo(first.json());
        assertThat(repeated.text("id")).isEqualTo(request.text("id"));
        assertThat(keyed(own, "r").post("/api/jobs", ORDER).code()).isEqualTo("idempotency_key_reused");
        assertThat(own.get(session).json().get("request_count").asLong()).isEqualTo(1);
    }

    @Test
    void a_repeat_that_comes_after_the_deadline_still_gets_the_first_answer() {
        String deadline = server.clock().instant().plusSeconds(30).toString();
        String body = "{\"request\":{},\"deadline\":\"" + deadline + "\"}";
        Api timely = keyed(api.as(new User().logIn(api)), "in-time");

        Answer first = timely.post("/api/jobs", body);
        server.clock().advance(Duration.ofSeconds(31));

        assertThat(timely.post("/api/jobs", body).json()).isEqualTo(first.json());
        assertThat(api.post("/api/jobs", body)
                        .json()
                        .get("violations")
                        .get(0)
                        .get("field")
                        .asText())
                .isEqualTo("deadline");
    }
}
