package dev.nostrtrust.torture;

import dev.nostrtrust.e2e.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Customers, a workshop and a follower at their work, until they are told to go home. */
final class Load {
    private final Diary diary = new Diary();
    private final List<Thread> customers = new ArrayList<>();
    private final Thread follower;
    private final Follower feed;
    private volatile boolean over;
    private volatile boolean drained;

    private Load(Cluster cluster, int width, long seed) {
        Client client = new Client(cluster.doors(), diary);
        Workshop workshop = new Workshop(client, diary, cluster);
        for (int i = 0; i < width; i++) {
            customers.add(thread(new Customer(client, diary, workshop, () -> over, seed + i)));
        }
        feed = new Follower(client, cluster);
        follower = thread(() -> feed.follow(() -> drained));
    }

    /** Starts this number of concurrent customers. */
    static Load begin(Cluster cluster, int width, long seed) {
        Load load = new Load(cluster, width, seed);
        load.customers.forEach(Thread::start);
        load.follower.start();
        return load;
    }

    Diary diary() {
        return diary;
    }

    Follower feed() {
        return feed;
    }

    /** Waits for this number of further reports that are answered with 200. */
    void awaitProgress(int reports) {
        long goal = diary.acked() + reports;
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (diary.acked() < goal) {
            if (System.nanoTime() > end) {
                throw new AssertionError("no progress for two minutes: " + diary.notes());
            }
            Waiting.aMoment();
        }
    }

    /** Lets everybody find out what became of what they had begun, and go home. */
    void end() {
        over = true;
        customers.forEach(Load::join);
    }

    /** Lets the follower read to the end of the feed. */
    void drain() {
        drained = true;
        join(follower);
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    }

    private static void join(Thread thread) {
        try {
            thread.join(Duration.ofMinutes(3).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            throw new AssertionError("a request never gets an answer");
        }
    }
}
