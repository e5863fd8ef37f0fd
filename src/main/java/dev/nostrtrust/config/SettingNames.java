package dev.nostrtrust.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The names that settings have, and those that were meant to be one. Pure. */
final class SettingNames {
    private static final int ALIKE = 3;

    private SettingNames() {}

    /** A problem for each name in a file that is not known, with the one that may have been meant. */
    static List<String> problems(String file, Collection<String> names, Collection<String> known) {
        return names.stream()
                .filter(name -> !known.contains(name))
                .sorted()
                .map(name -> file + " holds " + printable(name) + ", which is no setting" + meant(name, known))
                .toList();
    }

    /** A line of a key that was broken over several lines looks like a name as well. */
    private static String printable(String name) {
        return name.matches("[A-Z][A-Z_]{0,39}|[a-z][a-z_.-]{0,39}") ? name : "a name that is not printed";
    }

    private static String meant(String name, Collection<String> known) {
        String upper = name.toUpperCase(Locale.ROOT);
        return known.stream()
                .min(Comparator.comparingInt(candidate -> distance(upper, candidate)))
                .filter(nearest -> distance(upper, nearest) <= ALIKE)
                .map(nearest -> "; " + nearest + " is")
                .orElse("");
    }

    /** How many letters have to be put in, left out or replaced (Levenshtein). */
    private static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int column = 0; column < row.length; column++) {
            row[column] = column;
        }
        for (int line = 1; line <= from.length(); line++) {
            int diagonal = row[0];
            row[0] = line;
            for (int column = 1; column < row.length; column++) {
                int replaced = diagonal + (from.charAt(line - 1) == to.charAt(column - 1) ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.min(replaced, 1 + Math.min(row[column], row[column - 1]));
            }
        }
        return row[to.length()];
    }
}
