package dev.nostrtrust.deploy;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One line of a scrape. */
record Series(String metric, Map<String, String> labels, double value) {
    private static final Pattern LINE =
            Pattern.compile("(?<metric>[a-zA-Z_:][\\w:]*)(\\{(?<labels>.*)})? (?<value>\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    Series {
        labels = Map.copyOf(labels);
    }

    /** All that a scrape shows. */
    static List<Series> of(String scrape) {
        return scrape.lines()
                .filter(line -> !line.startsWith("#"))
                .map(Series::parse)
                .toList();
    }

    private static Series parse(String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("no line of a scrape: " + line);
        }
        Map<String, String> labels = new TreeMap<>();
        String text = matcher.group("labels");
        LABEL.matcher(text == null ? "" : text).results().forEach(label -> labels.put(label.group(1), label.group(2)));
        String value = matcher.group("value");
        return new Series(
                matcher.group("metric"), labels, value.equals("+Inf") ? Double.MAX_VALUE : Double.parseDouble(value));
    }
}
