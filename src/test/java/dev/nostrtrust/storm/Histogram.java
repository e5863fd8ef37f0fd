package dev.nostrtrust.storm;

import java.util.Locale;

/** Durations in microseconds, counted in buckets that are at most three percent wide. Belongs to one thread. */
final class Histogram {
    private static final int SUB_BITS = 5;
    private static final int SUB = 1 << SUB_BITS;

    private final long[] buckets = new long[SUB * 40];
    private long count;

    void add(long micros) {
        buckets[bucket(Math.max(0, micros))]++;
        count++;
    }

    void add(Histogram other) {
        for (int i = 0; i < buckets.length; i++) {
            buckets[i] += other.buckets[i];
        }
        count += other.count;
    }

    long count() {
        return count;
    }

    /** The duration in milliseconds that this part of all, such as 0.99, did not exceed; 0 where there are none. */
    double millis(double part) {
        long wanted = (long) Math.ceil(part * count);
        long seen = 0;
        for (int i = 0; i < buckets.length; i++) {
            seen += buckets[i];
            if (seen >= wanted && seen > 0) {
                return upper(i) / 1000.0;
            }
        }
        return 0;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "p50 %.1f ms, p90 %.1f ms, p99 %.1f ms, p99.9 %.1f ms",
                millis(0.5),
                millis(0.9),
                millis(0.99),
                millis(0.999));
    }

    private static int bucket(long micros) {
        if (micros < SUB) {
            return (int) micros;
        }
        int shift = 63 - Long.numberOfLeadingZeros(micros) - SUB_BITS;
        return shift * SUB + (int) (micros >>> shift);
    }

    private static long upper(int bucket) {
        if (bucket < SUB) {
            return bucket;
        }
        int shift = bucket / SUB - 1;
        return ((bucket % SUB + SUB + 1L) << shift) - 1;
    }
}
