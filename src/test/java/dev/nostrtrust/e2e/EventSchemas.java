package dev.nostrtrust.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The schemas of what goes over the event bus, by name: an address, or an address and {@code .request} or
 * {@code .reply}.
 */
final class EventSchemas {
    /** Makes a test run with each of {@link #NAMES}. */
    static final String EACH = "dev.nostrtrust.e2e.EventSchemas#NAMES";

    static final List<String> NAMES = List.of(
            "trust.v1.pending",
            "trust.v1.changed",
            "trust.v1.get.request",
            "trust.v1.get.reply",
            "trust.v1.get.many.request",
            "trust.v1.get.many.reply",
            "jobs.v1.changed",
            "jobs.v1.progress",
            "sessions.v1.changed");

    private static final JsonSchemaFactory FACTORY = JsonSchemaFactory.getInstance(VersionFlag.V202012);
    private static final Map<String, JsonSchema> SCHEMAS = new ConcurrentHashMap<>();

    private EventSchemas() {}

    /** Everything that is wrong with a body. */
    static List<String> problems(String name, JsonNode body) {
        JsonSchema schema = SCHEMAS.computeIfAbsent(
                name,
                any -> FACTORY.getSchema(
                        document(any),
                        SchemaValidatorsConfig.builder()
                                .formatAssertionsEnabled(true)
                                .build()));
        return schema.validate(body).stream().map(Object::toString).toList();
    }

    static JsonNode document(String name) {
        return read("/events/" + name + ".json");
    }

    /** The fields that are in every body. */
    static Set<String> required(String name) {
        return strings(document(name).get("required"));
    }

    /** The states that a body may tell of. */
    static Set<String> states(String name) {
        return strings(document(name).at("/properties/state/enum"));
    }

    /** Messages as the first version sent them. */
    static JsonNode recorded(String name) {
        return read("/events/recorded/" + name + ".json");
    }

    private static Set<String> strings(JsonNode array) {
        Set<String> strings = new TreeSet<>();
        array.forEach(item -> strings.add(item.asText()));
        return strings;
    }

    private static JsonNode read(String resource) {
        try (InputStream in = EventSchemas.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("there is no " + resource);
            }
            return Api.JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
