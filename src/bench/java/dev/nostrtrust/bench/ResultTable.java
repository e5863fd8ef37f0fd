package dev.nostrtrust.bench;

import dev.nostrtrust.bench.Measure.Asked;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The table of ratios, as Markdown. */
final class ResultTable {
    private final List<String> lines = new ArrayList<>(List.of(
            "| measure | beside it | ours | limit | ratio | asked | generator's CPU |", "|---|---|---|---|---|---|---|"));

    /** Adds a row with the medians. */
    void add(String measure, Measure.Limit limit, List<Sample> ours, List<Sample> theirs) {
        double our = Sample.median(ours, Sample::value);
        double their = Sample.median(theirs, Sample::value);
        double cpu = Sample.median(ours, Sample::generatorCpu);
        double ratio = our / their;
        boolean met = limit.direction() == Asked.AT_LEAST ? ratio >= limit.asked() : ratio <= limit.asked();
        lines.add(String.format(
                Locale.ROOT,
                "| %s | %s | %s | %s | %s%.2f%s | %s %s | %s |",
                measure,
                limit.name(),
                number(our),
                number(their),
                met ? "" : "**",
                ratio,
                met ? "" : "**",
                limit.direction() == Asked.AT_LEAST ? "≥" : "≤",
                number(limit.asked()),
                Double.isNaN(cpu) ? "" : String.format(Locale.ROOT, "%.0f %%", 100 * cpu)));
    }

    /** Adds a row without a result. */
    void add(String measure, Measure.Limit limit, String reason) {
        lines.add("| " + measure + " | " + limit.name() + " | | | " + reason + " | | |");
    }

    @Override
    public String toString() {
        return String.join("\n", lines) + "\n";
    }

    private static String number(double value) {
        return value >= 100 ? String.format(Locale.ROOT, "%,.0f", value) : String.format(Locale.ROOT, "%.2f", value);
    }
}
