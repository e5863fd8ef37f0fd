package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.Tier;
import java.time.Instant;

/**
 * A fact that was scored: it has its place in the ledger and never changes again.
 *
 * @param seq its place, from 1, without gaps
 * @param id the fact's id in the order of writing
 * @param delta what the fact was worth in the balance when it occurred, before a late event's weight
 * @param before the state just before it; its {@code asOf} is the time of the change
 * @param after the state just after it
 * @param hash lower-case hex of SHA-256 over the previous hash and {@link #canonical}
 */
public record Entry(
        long seq,
        long id,
        Fact fact,
        double delta,
        Mark before,
        Mark after,
        String policyVersion,
        Instant scoredAt,
        String prevHash,
        String hash) {

    /** Balance, score and tier at a moment. */
    public record Mark(double balance, double score, Tier tier) {}

    /** How a person finds it. */
    public String place() {
        return place(seq, id);
    }

    public static String place(long seq, long id) {
        return "entry " + seq + " (id " + id + ")";
    }

    /** This entry in its place. */
    Entry chained(String newPrevHash, String newHash) {
        return new Entry(seq, id, fact, delta, before, after, policyVersion, scoredAt, newPrevHash, newHash);
    }

    /** Everything that the hash is taken over, see {@link CanonicalForm}. */
    public String canonical() {
        return new CanonicalForm().write(this).toString();
    }

    /** The entry on the wire: in the feed, in a history and on the event bus. */
    public Json.Obj toJson() {
        return Json.object()
                .put("seq", seq)
                .put("id", id)
                .put("pubkey", fact.pubkey().hex())
                .put("cause", fact.cause())
                .put("kind", fact.kind().code())
                .put("reason", fact.reason() == null ? null : fact.reason().code())
                .put("source", fact.source())
                .put("source_id", fact.sourceId())
                .put("sats", fact.sats())
                .put("sats_absorbed", fact.satsAbsorbed())
                .put("reverses", fact.reverses())
                .put("delta", delta)
                .put("balance_before", before.balance)
                .put("balance_after", after.balance)
                .put("score_before", before.score)
                .put("score_after", after.score)
                .put("tier_before", before.tier.code())
                .put("tier_after", after.tier.code())
                .put("policy_version", policyVersion)
                .put("occurred_at", fact.occurredAt())
                .put("scored_at", scoredAt)
                .put("prev_hash", prevHash)
                .put("hash", hash)
                .build();
    }
}
