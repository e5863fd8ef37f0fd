package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nostrtrust.fixture.BusRecorder.Sent;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Within a version, fields are only ever added to messages: measured by those that were recorded when it began. */
class EventVersionTest {
    private static EventJourney journey;

    @BeforeAll
    static void travel() {
        journey = EventJourney.travelled();
    }

    @AfterAll
    static void stop() {
        journey.close();
    }

    private static List<JsonNode> today(String name) {
        return journey.messages(name).stream().<JsonNode>map(Sent::json).toList();
    }

    /**
     * Today's messages with a field in none of them, or with an array there in one of them (an object for an array).
     */
    private static List<JsonNode> altered(String name, String path, boolean array) {
        List<JsonNode> messages =
                today(name).stream().<JsonNode>map(JsonNode::deepCopy).toList();
        String field = path.substring(path.lastIndexOf('/') + 1);
        for (JsonNode message : messages) {
            if (message.at(path.substring(0, path.lastIndexOf('/'))) instanceof ObjectNode parent) {
                JsonNode before = parent.remove(field);
                if (array && before != null && before.isArray()) {
                    parent.putObject(field);
                    return messages;
                }
                if (array) {
                    parent.putArray(field);
                    return messages;
                }
            }
        }
        return messages;
    }

    @ParameterizedTest
    @FieldSource(EventSchemas.EACH)
    void messages_of_the_first_version_are_as_the_schema_of_today_says(String name) {
        assertThat(EventSchemas.recorded(name)).isNotEmpty();
        for (JsonNode message : EventSchemas.recorded(name)) {
            assertThat(EventSchemas.problems(name, message.get("body"))).isEmpty();
        }
    }

    @ParameterizedTest
    @FieldSource(EventSchemas.EACH)
    void whatever_the_first_version_said_is_still_said_in_the_same_types(String name) {
        assertThat(EventShape.broken(EventSchemas.recorded(name), today(name))).isEmpty();
    }

    @ParameterizedTest
    @FieldSource(EventSchemas.EACH)
    void a_field_that_is_said_no_more_or_in_another_type_is_found_out(String name) {
        JsonNode recorded = EventSchemas.recorded(name);
        for (String path : EventShape.of(recorded).fields().keySet()) {
            assertThat(EventShape.broken(recorded, altered(name, path, false)))
                    .as("without %s", path)
                    .isNotEmpty();
            assertThat(EventShape.broken(recorded, altered(name, path, true)))
                    .as("%s as array", path)
                    .isNotEmpty();
        }
    }

    @ParameterizedTest
    @FieldSource(EventSchemas.EACH)
    void a_field_may_be_added(String name) {
        assertThat(EventShape.broken(EventSchemas.recorded(name), altered(name, "/body/added", true)))
                .isEmpty();
    }
}
