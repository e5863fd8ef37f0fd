package dev.nostrtrust.client;

import java.time.Duration;

/**
 * Options of a cache of tiers.
 *
 * @param maxEntries the number of keys that it remembers; the least recently used are forgotten
 * @param maxStaleness how long a remembered tier may be used after the servers became unreachable
 * @param fallback the answer while no server can be reached and nothing recent is remembered
 */
public record TierCacheOptions(int maxEntries, Duration maxStaleness, TrustTier fallback) {
    public TierCacheOptions {
        if (maxEntries < 1) {
            throw new IllegalArgumentException("maxEntries must be at least 1");
        }
        if (maxStaleness.isNegative()) {
            throw new IllegalArgumentException("maxStaleness must not be negative");
        }
    }

    /** 100,000 keys, and ten seconds without servers before the answer is this tier. */
    public static TierCacheOptions fallingBackTo(String tier) {
        return new TierCacheOptions(100_000, Duration.ofSeconds(10), new TrustTier(tier, false));
    }
}
