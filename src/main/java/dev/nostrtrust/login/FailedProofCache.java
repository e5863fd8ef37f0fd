package dev.nostrtrust.login;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import java.time.Duration;
import java.util.UUID;

/**
 * How often a challenge was answered with a signature that is wrong: after so many times it is no good any more, so
 * that one challenge does not pay for any number of attempts. Remembers a bounded number of challenges; any thread.
 */
final class FailedProofCache {
    private static final int REMEMBERED = 10_000;

    private final Cache<UUID, Integer> counts;
    private final int bound;

    /**
     * Makes an empty memory.
     *
     * @param bound how many wrong signatures a challenge survives
     * @param ttl how long a challenge is good for, and so worth remembering
     */
    FailedProofCache(int bound, Duration ttl) {
        this.bound = bound;
        this.counts = Caffeine.newBuilder()
                .maximumSize(REMEMBERED)
                .expireAfterWrite(ttl)
                .build();
    }

    /**
     * Returns if the challenge is still good.
     *
     * @throws ApiError {@code challenge_used}
     */
    void check(UUID challenge) {
        Integer count = counts.getIfPresent(challenge);
        if (count != null && count >= bound) {
            throw ApiError.of(
                    ErrorCode.CHALLENGE_USED,
                    "Too many wrong signatures were sent for the challenge. Ask for a new one.");
        }
    }

    /** Counts an answer to a challenge that was refused for its signature. */
    void count(UUID challenge) {
        counts.asMap().merge(challenge, 1, Integer::sum);
    }
}
