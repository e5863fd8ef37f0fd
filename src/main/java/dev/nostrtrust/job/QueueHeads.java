package dev.nostrtrust.job;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.nostrtrust.job.ClaimStore.NextClaim;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Remembers the time of the last claimed job of each queue. Claimed jobs stay in the index until a vacuum; a claim of a
 * busy queue passes none of them, because it reads from that time on. An older job that comes back, or was locked,
 * waits until the queue is read from its beginning: after {@link #KNOWN} at the latest, or when the queue has no other
 * jobs. Any thread.
 */
final class QueueHeads {
    /** The time after which a queue is read from its beginning again. */
    private static final Duration KNOWN = Duration.ofSeconds(1);

    private static final int QUEUES = 10_000;

    private final Cache<String, Head> heads =
            Caffeine.newBuilder().maximumSize(QUEUES).build();

    /**
     * The head of a queue.
     *
     * @param availableAt the time of the last claimed job
     * @param readNanos the last time the queue was read from its beginning, as System.nanoTime
     */
    private record Head(Instant availableAt, long readNanos) {}

    /** The known heads of some queues at one moment. */
    record View(Map<String, Head> heads, long nanos) {
        /** Reads all queues from their beginning. */
        static View none() {
            return new View(Map.of(), System.nanoTime());
        }

        /** The time from which the jobs of a queue are read. */
        Instant of(String queue) {
            Head head = heads.get(queue);
            return head == null ? Instant.EPOCH : head.availableAt;
        }

        /** Whether a claim reads one of its queues from a head on. */
        boolean limits(NextClaim claim) {
            return claim.queues().stream().anyMatch(heads::containsKey);
        }
    }

    /** The heads that are known for the queues of these claims. */
    View view(List<NextClaim> claims) {
        long now = System.nanoTime();
        Map<String, Head> known = new HashMap<>();
        for (NextClaim claim : claims) {
            for (String queue : claim.queues()) {
                Head head = heads.getIfPresent(queue);
                if (head != null && now - head.readNanos <= KNOWN.toNanos()) {
                    known.put(queue, head);
                }
            }
        }
        return new View(known, now);
    }

    /** Records a job that was claimed by a statement that used these heads: the oldest ones that were free. */
    void claimed(Job job, View known) {
        Head used = known.heads.get(job.queue());
        long read = used == null ? known.nanos : used.readNanos;
        heads.put(job.queue(), new Head(job.claims().availableAt(), read));
    }
}
