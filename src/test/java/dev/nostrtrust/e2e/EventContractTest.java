package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.app.TestServer;
import dev.nostrtrust.auth.Scope;
import dev.nostrtrust.bus.Topic;
import dev.nostrtrust.fixture.BusRecorder;
import dev.nostrtrust.fixture.BusRecorder.Sent;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What a server says on its event bus through a whole journey is what docs/events.md and the schemas promise. */
class EventContractTest {
    private static final List<String> CHANGES = List.of("trust.v1.changed", "jobs.v1.changed", "sessions.v1.changed");

    private static EventJourney journey;

    @BeforeAll
    static void travel() {
        journey = EventJourney.travelled();
    }

    @AfterAll
    static void stop() {
        journey.close();
    }

    private static List<JsonNode> bodies(String name) {
        return journey.messages(name).stream().map(Sent::body).toList();
    }

    @ParameterizedTest
    @FieldSource(EventSchemas.EACH)
    void every_message_is_as_its_schema_says(String name) {
        assertThat(bodies(name)).isNotEmpty();
        for (JsonNode body : bodies(name)) {
            assertThat(EventSchemas.problems(name, body)).as("%s", body).isEmpty();
        }
    }

    @Test
    void nothing_is_sent_to_an_address_that_is_not_in_the_contract() {
        assertThat(journey.all().stream()
                        .map(Sent::address)
                        .filter(address -> !address.startsWith("__vertx.reply"))
                        .collect(Collectors.toSet()))
                .isEqualTo(Arrays.stream(Topic.values()).map(Topic::address).collect(Collectors.toSet()));
    }

    @ParameterizedTest
    @FieldSource(EventSchemas.EACH)
    void a_message_with_a_field_less_or_of_another_type_is_found_out(String name) {
        for (String field : EventSchemas.required(name)) {
            ObjectNode less = bodies(name).get(0).deepCopy();
            less.remove(field);
            ObjectNode other = bodies(name).get(0).deepCopy();
            other.putArray(field);

            assertThat(EventSchemas.problems(name, less))
                    .as("without %s", field)
                    .isNotEmpty();
            assertThat(EventSchemas.problems(name, other))
                    .as("%s as array", field)
                    .isNotEmpty();
        }
    }

    @Test
    void headers_say_what_a_message_is() {
        for (Topic topic : Topic.values()) {
            if (topic == Topic.TRUST_GET) {
                continue;
            }
            for (Sent sent : journey.messages(topic.address())) {
                assertThat(sent.toOne()).isEqualTo(topic == Topic.TRUST_PENDING);
                assertThat(sent.header("type")).isEqualTo(topic.address().replace(".v1", ""));
                assertThat(sent.header("schema")).isEqualTo("1");
                assertThat(sent.header("id")).isNotEmpty();
                assertThat(sent.header("traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
                assertThat(sent.headers().has("seq")).isEqualTo(topic == Topic.TRUST_CHANGED);
            }
        }
        assertThat(journey.messages(EventJourney.REPLY))
                .allSatisfy(reply -> assertThat(reply.headers()).isEmpty());
    }

    @Test
    void an_entrys_message_has_its_place_without_gaps_and_is_the_entry_of_the_feed() {
        List<Sent> changes = journey.messages("trust.v1.changed");
        JsonNode feed = Api.of(journey.server())
                .as(journey.server().token(Scope.SERVICE))
                .get("/api/trust/events?after=0")
                .json()
                .get("events");

        assertThat(changes.stream().map(sent -> Long.parseLong(sent.header("seq"))))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, changes.size()).boxed().toList());
        assertThat(changes.stream().map(Sent::body)).containsExactlyElementsOf(feed);
        for (Sent change : changes) {
            assertThat(change.header("seq")).isEqualTo(change.body().get("seq").asText());
            assertThat(change.header("id")).isEqualTo(change.body().get("id").asText());
        }
    }

    @Test
    void each_change_has_an_id_of_its_own_that_says_what_changed_to_what() {
        for (String address : CHANGES) {
            List<Sent> sent = journey.messages(address);
            assertThat(sent.stream().map(one -> one.header("id"))).doesNotHaveDuplicates();
        }
        for (String address : List.of("jobs.v1.changed", "sessions.v1.changed")) {
            for (Sent sent : journey.messages(address)) {
                String change = sent.body().get("id").asText() + "/"
                        + sent.body().get("state").asText();
                assertThat(sent.header("id")).matches(change + (address.startsWith("jobs") ? "/[0-9]+" : ""));
            }
        }
    }

    @Test
    void every_state_of_jobs_and_sessions_is_published() {
        for (String address : List.of("jobs.v1.changed", "sessions.v1.changed")) {
            assertThat(bodies(address).stream()
                            .map(body -> body.get("state").asText())
                            .collect(Collectors.toSet()))
                    .isEqualTo(EventSchemas.states(address));
        }
    }

    @Test
    void a_change_that_a_request_made_belongs_to_the_trace_of_that_request_and_any_other_to_its_own() {
        Set<String> found = new HashSet<>();
        for (String address : List.of("jobs.v1.changed", "sessions.v1.changed")) {
            for (Sent sent : journey.messages(address)) {
                String trace = journey.traces().get(sent.header("id"));
                if (trace == null) {
                    assertThat(journey.traces()).doesNotContainValue(sent.traceId());
                } else {
                    assertThat(sent.traceId()).isEqualTo(trace);
                    found.add(sent.header("id"));
                }
            }
        }
        assertThat(journey.traces().keySet().stream().filter(change -> !change.startsWith("/api")))
                .containsExactlyInAnyOrderElementsOf(found);
    }

    @Test
    void a_nudge_and_an_operators_entry_belong_to_the_trace_of_their_request_and_a_scoring_pass_has_its_own() {
        List<Sent> nudges = journey.messages("trust.v1.pending");
        List<Sent> changes = journey.messages("trust.v1.changed");

        assertThat(nudges).allSatisfy(nudge -> assertThat(journey.traces()).containsValue(nudge.traceId()));
        assertThat(changes).allSatisfy(change -> {
            boolean byOperator = Set.of("operator", "reversal")
                    .contains(change.body().get("source").asText());
            assertThat(journey.traces().containsValue(change.traceId()))
                    .as(change.toString())
                    .isEqualTo(byOperator);
        });
        assertThat(changes.stream().map(Sent::traceId)).doesNotHaveDuplicates();
    }

    @Test
    void entries_of_one_pass_share_its_trace() {
        try (TestServer fresh = TestServer.start()) {
            BusRecorder recorder = BusRecorder.of(fresh);
            User user = new User();
            user.logIn(Api.of(fresh));

            fresh.execute("INSERT INTO trust_ledger (source, source_id, pubkey, kind, sats, occurred_at)"
                    + " SELECT 'operator', 'test:' || n, '" + user.pubkey() + "', 'adjustment', n, now()"
                    + " FROM generate_series(1, 3) n");
            Waiting.until(() -> recorder.on("trust.v1.changed").size() == 3);

            assertThat(recorder.on("trust.v1.changed").stream()
                            .map(Sent::traceId)
                            .distinct())
                    .hasSize(1);
        }
    }

    @Test
    void what_cannot_be_answered_is_refused_with_a_code() {
        assertThat(journey.refusals().values()).containsExactlyInAnyOrder(404, 400, 400, 400);
        journey.refusals()
                .forEach((body, code) -> assertThat(EventSchemas.problems(EventJourney.REQUEST, (JsonNode) body)
                                .isEmpty())
                        .as("%s is a request", body)
                        .isEqualTo(code == 404));
    }
}
