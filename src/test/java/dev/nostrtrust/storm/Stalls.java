package dev.nostrtrust.storm;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Watches for spells in which the machine itself hardly runs, as virtual machines do on a busy host: the same short
 * piece of arithmetic, once a millisecond, takes many times the processor time that it takes else. Processor time,
 * because a piece that only waits for its turn, or for a collection of garbage, uses no more of it: nothing that runs
 * here can bring a spell about. Costs about a twentieth of a core.
 */
final class Stalls {
    private static final int STEPS = 20_000;
    private static final int CALIBRATION = 3000;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final FutureTask<Spells> watch = new FutureTask<>(this::look);
    private volatile boolean over;
    private volatile long state = 1;

    private Stalls() {}

    /** Begins to watch, in a thread of its own. */
    static Stalls watch() {
        Stalls stalls = new Stalls();
        Thread thread = new Thread(stalls.watch, "stalls");
        thread.setDaemon(true);
        thread.start();
        return stalls;
    }

    /** Ends the watch, and says what was seen. */
    Spells end() {
        over = true;
        try {
            return watch.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private Spells look() {
        Spells spells = new Spells(usual());
        while (!over) {
            long from = System.nanoTime();
            long taken = piece();
            spells.saw(from, System.nanoTime(), taken);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return spells;
    }

    /** A quarter of the pieces are done sooner than this. */
    private long usual() {
        long[] taken = new long[CALIBRATION];
        Arrays.setAll(taken, i -> piece());
        Arrays.sort(taken);
        return taken[CALIBRATION / 4];
    }

    private long piece() {
        long before = threads.getCurrentThreadCpuTime();
        long x = state;
        for (int i = 0; i < STEPS; i++) {
            x = x * 6364136223846793005L + 1442695040888963407L;
            x ^= x >>> 29;
        }
        state = x;
        return threads.getCurrentThreadCpuTime() - before;
    }
}
