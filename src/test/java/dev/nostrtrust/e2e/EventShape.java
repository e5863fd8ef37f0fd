package dev.nostrtrust.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Which fields messages have and of which JSON types, whatever is in them. */
record EventShape(Map<String, Set<JsonNodeType>> fields) {
    private static final Pattern KEY = Pattern.compile("[0-9a-f]{64}");

    /** The fields of all these together. A field that is null here and a string there is of both types. */
    static EventShape of(Iterable<JsonNode> messages) {
        EventShape shape = new EventShape(new TreeMap<>());
        messages.forEach(message -> shape.add("", message));
        return shape;
    }

    /** In which ways messages are not what they were: a field is missing in one of them, or not of the same types. */
    static List<String> broken(Iterable<JsonNode> before, Iterable<JsonNode> now) {
        EventShape then = of(before);
        EventShape today = of(now);
        List<String> broken = new ArrayList<>();
        now.forEach(message -> then.fields.keySet().forEach(path -> {
            JsonNode parent = message.at(path.substring(0, path.lastIndexOf('/')));
            if (parent.isObject() && message.at(path).isMissingNode()) {
                broken.add(path + " is missing in " + message);
            }
        }));
        then.fields.forEach((path, types) -> {
            if (!types.equals(today.fields.getOrDefault(path, Set.of()))) {
                broken.add(path + " was " + types + " and is " + today.fields.get(path));
            }
        });
        return broken;
    }

    private void add(String path, JsonNode node) {
        node.properties().forEach(field -> {
            if (KEY.matcher(field.getKey()).matches()) {
                // The entries of a map have no names of their own.
                return;
            }
            String at = path + "/" + field.getKey();
            fields.computeIfAbsent(at, none -> EnumSet.noneOf(JsonNodeType.class))
                    .add(field.getValue().getNodeType());
            add(at, field.getValue());
        });
    }
}
