package dev.nostrtrust.storm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * How much of the time for which the processors had something to do the host gave to others, by the kernel's own count:
 * /proc/stat, of which the first line has user, nice, system, idle, iowait, irq, softirq and steal.
 */
final class Stolen {
    private final long[] before = read();

    private Stolen() {}

    /** Begins to count. */
    static Stolen count() {
        return new Stolen();
    }

    /** What was taken since, in words. */
    @Override
    public String toString() {
        long[] now = read();
        long stolen = now[1] - before[1];
        long wanted = now[0] - before[0] + stolen;
        return String.format(
                Locale.ROOT, "the host took %.1f %% of the processors' time", 100.0 * stolen / Math.max(1, wanted));
    }

    /** Ticks spent with work, and ticks that were stolen. */
    private static long[] read() {
        try {
            String all = Files.readAllLines(Path.of("/proc/stat")).get(0);
            long[] ticks = Arrays.stream(all.trim().split("\\s+"))
                    .skip(1)
                    .mapToLong(Long::parseLong)
                    .toArray();
            return new long[] {ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6], ticks[7]};
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
