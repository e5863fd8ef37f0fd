package dev.nostrtrust.storm;

import java.time.Duration;
import java.util.SplittableRandom;

/**
 * The machine with nothing to do but one small piece of work, again and again: what it takes now and then beyond its
 * median is not the server's doing, and no tail of a latency can be shorter.
 */
final class Machine {
    private static final int MEMORY = 8 << 20;
    private static final int TOUCHES = 200_000;

    private Machine() {}

    /** How long the same 200,000 steps over 8 MiB of memory take, over a time. */
    static Histogram alone(Duration time) {
        byte[] memory = new byte[MEMORY];
        work(memory, time.dividedBy(10));
        return work(memory, time);
    }

    private static Histogram work(byte[] memory, Duration time) {
        SplittableRandom random = new SplittableRandom(1);
        Histogram pieces = new Histogram();
        long end = System.nanoTime() + time.toNanos();
        long begun = System.nanoTime();
        while (begun < end) {
            for (int i = 0; i < TOUCHES; i++) {
                memory[random.nextInt() >>> 9]++;
            }
            long ended = System.nanoTime();
            pieces.add((ended - begun) / 1000);
            begun = ended;
        }
        return pieces;
    }
}
