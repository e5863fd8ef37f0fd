package dev.nostrtrust.deploy;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * One metric as a query in PromQL asks for it.
 *
 * @param equal labels with the value that each has to have
 * @param like labels with the expression that the value of each has to match
 * @param grouped labels that the query adds up by
 */
record Selector(String metric, Map<String, String> equal, Map<String, String> like, Set<String> grouped) {
    private static final Set<String> WORDS =
            Set.of("and", "or", "unless", "bool", "offset", "sum", "min", "max", "avg", "count", "topk");
    /** The labels that Prometheus adds when it scrapes. */
    private static final Set<String> ADDED = Set.of("job", "instance");

    private static final Pattern PART = Pattern.compile(
            "\"(?:[^\"\\\\]|\\\\.)*\"|\\[[^]]*]|\\d[\\w.]*"
                    + "|\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\((?<labels>[^)]*)\\)"
                    + "|(?<metric>[a-zA-Z_:][\\w:]*)\\s*(?<function>\\()?(?:\\{(?<matchers>(?:[^\"{}]|\"(?:[^\"\\\\]|\\\\.)*\")*)})?");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(=~|!~|!=|=)\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern PLAIN = Pattern.compile("[a-z_]+");

    /** All that are in a query. */
    static List<Selector> of(String query) {
        Set<String> grouped = new LinkedHashSet<>();
        List<MatchResult> metrics = PART.matcher(query)
                .results()
                .filter(part -> {
                    if (part.group(1) != null) {
                        grouped.addAll(Arrays.asList(part.group(1).strip().split("\\s*,\\s*", -1)));
                    }
                    return part.group(2) != null && part.group(3) == null && !WORDS.contains(part.group(2));
                })
                .toList();
        grouped.removeAll(ADDED);
        return metrics.stream().map(part -> selector(part, grouped)).toList();
    }

    private static Selector selector(MatchResult part, Set<String> grouped) {
        Map<String, String> equal = new TreeMap<>();
        Map<String, String> like = new TreeMap<>();
        MATCHER.matcher(part.group(4) == null ? "" : part.group(4)).results().forEach(matcher -> {
            if (matcher.group(2).startsWith("!")) {
                throw new IllegalArgumentException("not understood: " + matcher.group());
            }
            (matcher.group(2).equals("=") ? equal : like).put(matcher.group(1), matcher.group(3));
        });
        equal.keySet().removeAll(ADDED);
        like.keySet().removeAll(ADDED);
        return new Selector(part.group(2), equal, like, grouped);
    }

    /** What is wrong with it, seen from what a server shows; empty where it finds something. */
    String missingIn(List<Series> shown) {
        List<Series> ofMetric =
                shown.stream().filter(series -> series.metric().equals(metric)).toList();
        if (ofMetric.isEmpty()) {
            return "no metric " + metric;
        }
        for (String label : grouped) {
            if (ofMetric.stream().noneMatch(series -> series.labels().containsKey(label))) {
                return "no label " + label + " at " + metric;
            }
        }
        for (Map.Entry<String, String> entry : like.entrySet()) {
            for (String value : entry.getValue().split("\\|", -1)) {
                if (PLAIN.matcher(value).matches()
                        && ofMetric.stream()
                                .noneMatch(
                                        series -> value.equals(series.labels().get(entry.getKey())))) {
                    return "no " + entry.getKey() + "=" + value + " at " + metric;
                }
            }
        }
        return ofMetric.stream().anyMatch(series -> matches(series) && !Double.isNaN(series.value()))
                ? ""
                : "no data for " + this;
    }

    private boolean matches(Series series) {
        return equal.entrySet().stream().allMatch(entry -> entry.getValue()
                        .equals(series.labels().get(entry.getKey())))
                && like.entrySet().stream()
                        .allMatch(entry ->
                                series.labels().getOrDefault(entry.getKey(), "").matches(entry.getValue()));
    }
}
