package dev.nostrtrust.client;

/**
 * The tier of a key as it counts, with the lock of an operator.
 *
 * @param tier {@code anonymous}, {@code new}, {@code established}, {@code trusted} or {@code elite}
 * @param blocked whether an operator has blocked the key, whatever its tier
 */
public record TrustTier(String tier, boolean blocked) {}
