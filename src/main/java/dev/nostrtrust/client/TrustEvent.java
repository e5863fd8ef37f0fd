package dev.nostrtrust.client;

import io.vertx.core.json.JsonObject;

/**
 * An entry of the ledger as a consumer gets it.
 *
 * @param seq its place, from 1, without gaps
 * @param pubkey whose trust it moved: 64 hexadecimal digits
 * @param cause {@code success}, the reason of a failure, {@code reversal} or {@code adjustment}
 * @param tierAfter the tier from then on: {@code anonymous}, {@code new}, {@code established}, {@code trusted} or
 *     {@code elite}; a tier that an operator has fixed wins over it
 * @param scoreAfter the score just after it, 0 to 100
 * @param json everything that stands in the feed, see docs/events.md
 */
public record TrustEvent(long seq, String pubkey, String cause, String tierAfter, double scoreAfter, JsonObject json) {
    /**
     * Reads an entry of the feed.
     *
     * @throws IllegalArgumentException where it is none
     */
    static TrustEvent of(JsonObject json) {
        if (json.getValue("seq") instanceof Number seq
                && json.getValue("pubkey") instanceof String pubkey
                && json.getValue("cause") instanceof String cause
                && json.getValue("tier_after") instanceof String tier
                && json.getValue("score_after") instanceof Number score) {
            return new TrustEvent(seq.longValue(), pubkey, cause, tier, score.doubleValue(), json);
        }
        throw new IllegalArgumentException("this is no entry of a ledger");
    }
}
