package dev.nostrtrust.login;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.nostrtrust.error.ApiError;
import dev.nostrtrust.error.ErrorCode;
import java.time.Duration;
import java.util.UUID;

/**
 * Counts the invalid signatures for each challenge and refuses the challenge after a limit, so that one challenge does
 * not allow unlimited attempts. Keeps a bounded number of challenges. Any thread.
 */
final class FailedProofCache {
    private static final int REMEMBERED = 10_000;

    private final Cache<UUID, Integer> counts;
    private final int bound;

    /**
     * Makes an empty cache.
     *
     * @param bound the number of invalid signatures after which a challenge is refused
     * @param ttl the lifetime of a challenge, and of its count
     */
    FailedProofCache(int bound, Duration ttl) {
        this.bound = bound;
        this.counts = Caffeine.newBuilder()
                .maximumSize(REMEMBERED)
                .expireAfterWrite(ttl)
                .build();
    }

    /**
     * Returns if the challenge is below the limit.
     *
     * @throws ApiError {@code challenge_used}
     */
    void check(UUID challenge) {
        Integer count = counts.getIfPresent(challenge);
        if (count != null && count >= bound) {
            throw ApiError.of(
                    ErrorCode.CHALLENGE_USED,
                    "Too many wrong signatures were sent for the challenge. Request a new one.");
        }
    }

    /** Counts an invalid signature for a challenge. */
    void count(UUID challenge) {
        counts.asMap().merge(challenge, 1, Integer::sum);
    }
}
