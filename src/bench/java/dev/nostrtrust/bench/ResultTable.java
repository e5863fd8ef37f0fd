package dev.nostrtrust.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The table of ratios, as Markdown. */
final class ResultTable {
    private final List<String> lines = new ArrayList<>(List.of(
            "| measure | beside it | ours | limit | ratio | asked | generator's CPU |",
            "|---|---|---|---|---|---|---|"));

    /** Adds a row with the medians. */
    void add(String measure, Measure.Limit limit, List<Sample> ours, List<Sample> theirs) {
        double our = Sample.median(ours, Sample::value);
        double their = Sample.median(theirs, Sample::value);
        double cpu = Sample.median(ours, Sample::generatorCpu);
        lines.add(String.join(
                " | ",
                "| " + measure,
                limit.name(),
                number(our),
                number(their),
                ratio(limit, our / their),
                asked(limit),
                (Double.isNaN(cpu) ? "" : String.format(Locale.ROOT, "%.0f %%", 100 * cpu)) + " |"));
    }

    /** Adds a row without a result. */
    void add(String measure, Measure.Limit limit, String reason) {
        lines.add("| " + measure + " | " + limit.name() + " | | | " + reason + " | | |");
    }

    @Override
    public String toString() {
        return String.join("\n", lines) + "\n";
    }

    /** In bold, if it is not what is asked. */
    private static String ratio(Measure.Limit limit, double ratio) {
        boolean met =
                switch (limit.direction()) {
                    case AT_LEAST -> ratio >= limit.asked();
                    case AT_MOST -> ratio <= limit.asked();
                    case NOTHING -> true;
                };
        String text = String.format(Locale.ROOT, "%.2f", ratio);
        return met ? text : "**" + text + "**";
    }

    private static String asked(Measure.Limit limit) {
        return switch (limit.direction()) {
            case AT_LEAST -> "≥ " + number(limit.asked());
            case AT_MOST -> "≤ " + number(limit.asked());
            case NOTHING -> "";
        };
    }

    private static String number(double value) {
        return value >= 100 ? String.format(Locale.ROOT, "%,.0f", value) : String.format(Locale.ROOT, "%.2f", value);
    }
}
