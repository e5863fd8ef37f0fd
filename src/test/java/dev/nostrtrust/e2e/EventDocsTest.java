package dev.nostrtrust.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.nostrtrust.bus.Topic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The page and the schemas of the event bus say the same, and say all of it. */
class EventDocsTest {
    private static final String PAGE = read();
    private static final Pattern EXAMPLE = Pattern.compile("```json\n(.*?)```", Pattern.DOTALL);

    private static String read() {
        try {
            return Files.readString(Path.of("docs/events.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the page says under the heading of an address. */
    private static String section(String address) {
        String heading = "\n## " + address + "\n";
        assertThat(PAGE).contains(heading);
        String rest = PAGE.substring(PAGE.indexOf(heading) + heading.length());
        return rest.contains("\n## ") ? rest.substring(0, rest.indexOf("\n## ")) : rest;
    }

    private static String address(String name) {
        return name.replaceFirst("(\\.many)?\\.(request|reply)$", "");
    }

    /** The names under which an address has schemas: one, or two for each kind of question and its reply. */
    private static List<String> names(Topic topic) {
        return EventSchemas.NAMES.stream()
                .filter(name -> address(name).equals(topic.address()))
                .toList();
    }

    @Test
    void every_address_has_a_schema_and_stands_on_the_page() {
        for (Topic topic : Topic.values()) {
            assertThat(names(topic)).as("schemas of %s", topic).isNotEmpty();
            assertThat(section(topic.address())).isNotBlank();
            assertThat(PAGE).contains("| `" + topic.address() + "` |");
        }
        assertThat(EventSchemas.NAMES.stream().map(EventDocsTest::address).distinct())
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Topic.values()).map(Topic::address).toList());
    }

    @ParameterizedTest
    @FieldSource(EventSchemas.EACH)
    void every_field_of_a_schema_is_described_there_and_on_the_page_and_is_always_sent(String name) {
        JsonNode schema = EventSchemas.document(name);

        assertThat(schema.get("$schema").asText()).isEqualTo("https://json-schema.org/draft/2020-12/schema");
        assertThat(schema.get("description").asText()).isNotBlank();
        assertThat(PAGE).contains("../src/main/resources/events/" + name + ".json");
        checkFields(name, schema);
    }

    private static void checkFields(String name, JsonNode object) {
        assertThat(object.get("additionalProperties").asBoolean()).as(name).isTrue();
        Set<String> fields = new TreeSet<>();
        object.get("properties").properties().forEach(field -> {
            fields.add(field.getKey());
            assertThat(field.getValue().path("description").asText())
                    .as(field.getKey())
                    .isNotBlank();
            assertThat(section(address(name))).contains("`" + field.getKey() + "`");
            if (field.getValue().has("properties")) {
                checkFields(name, field.getValue());
            }
        });
        Set<String> required = new TreeSet<>();
        object.get("required").forEach(field -> required.add(field.asText()));
        assertThat(required).isEqualTo(fields);
    }

    @Test
    void the_examples_are_as_their_schemas_say() throws JsonProcessingException {
        for (Topic topic : Topic.values()) {
            List<String> names = names(topic);
            List<String> examples = new ArrayList<>();
            EXAMPLE.matcher(section(topic.address()))
                    .results()
                    .map(MatchResult::group)
                    .forEach(examples::add);

            assertThat(examples).hasSameSizeAs(names);
            for (int i = 0; i < names.size(); i++) {
                String json = examples.get(i).replace("```json", "").replace("```", "");
                assertThat(EventSchemas.problems(names.get(i), Api.JSON.readTree(json)))
                        .as(json)
                        .isEmpty();
            }
        }
    }
}
