package dev.nostrtrust.bench;

import java.util.regex.Pattern;

/**
 * The options of a run, from system properties: {@code bench.runs} and so on.
 *
 * @param runs the number of samples of each contender
 * @param seconds the length of a sample
 * @param warmup the seconds of each load before the first sample
 * @param connections the number of connections of most loads
 * @param entries the size of the ledger in the second, large database; 0 for none
 * @param identities the number of identities in that database
 * @param jobs the number of finished jobs in that database
 * @param only matches the names of the measures to run
 */
record BenchOptions(
        int runs, int seconds, int warmup, int connections, long entries, long identities, long jobs, Pattern only) {

    static BenchOptions read() {
        boolean quick = Boolean.getBoolean("bench.quick");
        long entries = Long.getLong("bench.entries", 0);
        return new BenchOptions(
                Integer.getInteger("bench.runs", quick ? 1 : 5),
                Integer.getInteger("bench.seconds", quick ? 1 : 5),
                Integer.getInteger("bench.warmup", quick ? 2 : 20),
                Integer.getInteger("bench.connections", 64),
                entries,
                Long.getLong("bench.identities", Math.max(1, entries / 10)),
                Long.getLong("bench.jobs", entries / 2),
                Pattern.compile(System.getProperty("bench.only", "")));
    }

    boolean selects(String measure) {
        return only.matcher(measure).find();
    }
}
