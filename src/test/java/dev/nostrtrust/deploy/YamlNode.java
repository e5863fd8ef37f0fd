package dev.nostrtrust.deploy;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A place in a YAML document. What is not there fails where it is asked for. */
record YamlNode(Object value) {

    /** What is under these names, or numbers of items, one after the other. */
    YamlNode at(Object... path) {
        Object here = value;
        for (Object step : path) {
            Object next = step instanceof Integer item ? ((List<?>) here).get(item) : ((Map<?, ?>) here).get(step);
            if (next == null) {
                throw new AssertionError("there is no " + step + " in " + here);
            }
            here = next;
        }
        return new YamlNode(here);
    }

    String text() {
        return value.toString();
    }

    int number() {
        return Integer.parseInt(text());
    }

    List<YamlNode> items() {
        return ((List<?>) value).stream().<YamlNode>map(YamlNode::new).toList();
    }

    /** A map of texts. */
    Map<String, String> texts() {
        Map<String, String> texts = new TreeMap<>();
        ((Map<?, ?>) value).forEach((name, text) -> texts.put(name.toString(), text.toString()));
        return texts;
    }
}
