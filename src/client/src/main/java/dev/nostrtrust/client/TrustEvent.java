package dev.nostrtrust.client;

import io.vertx.core.json.JsonObject;

/**
 * An entry of the ledger.
 *
 * @param seq sequence number, from 1, without gaps
 * @param pubkey public key of the identity, 64 hexadecimal digits
 * @param cause {@code success}, the reason of a failure, {@code reversal} or {@code adjustment}
 * @param tierAfter the tier after the entry: {@code anonymous}, {@code new}, {@code established}, {@code trusted} or
 *     {@code elite}; a tier fixed by an operator takes precedence
 * @param scoreAfter the score after the entry, 0 to 100
 * @param json the complete entry, see docs/events.md
 */
public record TrustEvent(long seq, String pubkey, String cause, String tierAfter, double scoreAfter, JsonObject json) {
    /**
     * Parses an entry of the feed.
     *
     * @throws IllegalArgumentException if it is not a ledger entry
     */
    static TrustEvent of(JsonObject json) {
        if (json.getValue("seq") instanceof Number seq
                && json.getValue("pubkey") instanceof String pubkey
                && json.getValue("cause") instanceof String cause
                && json.getValue("tier_after") instanceof String tier
                && json.getValue("score_after") instanceof Number score) {
            return new TrustEvent(seq.longValue(), pubkey, cause, tier, score.doubleValue(), json);
        }
        throw new IllegalArgumentException("not an entry of a ledger");
    }
}
