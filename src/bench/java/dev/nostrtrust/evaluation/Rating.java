package dev.nostrtrust.evaluation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * One rating of a target, as an outcome of its behaviour.
 *
 * @param value positive for a good outcome, negative for a bad one
 */
record Rating(String target, int value, Instant at) {
    boolean isGood() {
        return value > 0;
    }

    /**
     * Reads lines of {@code source,target,rating,time}, the time in Unix seconds with or without a fraction, and orders
     * them by time. Skips a first line without numbers, and ratings of 0.
     *
     * @throws IllegalArgumentException with the number of a line that is not one
     */
    static List<Rating> read(Path csv) {
        List<Rating> ratings = new ArrayList<>();
        try (Stream<String> lines = Files.lines(csv)) {
            int number = 0;
            for (String line : (Iterable<String>) lines::iterator) {
                number++;
                String[] cells = line.strip().split(",", -1);
                if (number == 1 && !cells[cells.length - 1].matches("[0-9.]+")) {
                    continue;
                }
                ratings.add(parse(cells, number));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(csv + " cannot be read", e);
        }
        ratings.removeIf(rating -> rating.value == 0);
        // The sort is stable: ratings of one time stay in the order of the file.
        ratings.sort(Comparator.comparing(Rating::at));
        return ratings;
    }

    private static Rating parse(String[] cells, int number) {
        try {
            double seconds = Double.parseDouble(cells[3]);
            return new Rating(cells[1], Integer.parseInt(cells[2]), Instant.ofEpochMilli(Math.round(seconds * 1000)));
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new IllegalArgumentException("line " + number + " is not source,target,rating,time", e);
        }
    }
}
