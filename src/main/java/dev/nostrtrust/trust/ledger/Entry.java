package dev.nostrtrust.trust.ledger;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.trust.model.EffectiveTier;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.Tier;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A scored fact: an immutable entry of the ledger.
 *
 * @param seq the sequence number, from 1 without gaps
 * @param id the id of the fact, in the order of insertion
 * @param delta the change of the balance at the time of the fact, before the decay of a late event
 * @param before the state before the entry; its {@code asOf} is the time of the change
 * @param after the state after the entry
 * @param effective the tier that counts after the entry, at the time of the change; null in entries of the first form
 * @param hash the SHA-256 of the previous hash and {@link #canonical}, in lower-case hex
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
        @Nullable EffectiveTier effective,
        String prevHash,
        String hash) {

    /** Balance, score and tier at a time. */
    public record Mark(double balance, double score, Tier tier) {}

    /** The name of the entry in messages. */
    public String label() {
        return label(seq, id);
    }

    public static String label(long seq, long id) {
        return "entry " + seq + " (id " + id + ")";
    }

    /** This entry with its hashes. */
    Entry withHashes(String newPrevHash, String newHash) {
        return new Entry(seq, id, fact, delta, before, after, policyVersion, scoredAt, effective, newPrevHash, newHash);
    }

    /** The input of the hash. See {@link CanonicalForm}. */
    public String canonical() {
        return new CanonicalForm().write(this).toString();
    }

    /** The entry as JSON in the feed, in a history and on the event bus. */
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
                .put(
                        "locked_tier",
                        fact.lockedTier() == null ? null : fact.lockedTier().code())
                .put("delta", delta)
                .put("balance_before", before.balance)
                .put("balance_after", after.balance)
                .put("score_before", before.score)
                .put("score_after", after.score)
                .put("tier_before", before.tier.code())
                .put("tier_after", after.tier.code())
                .put("trust_tier", effective == null ? null : effective.tier().code())
                .put("blocked", effective != null && effective.blocked())
                .put("tier_until", effective == null ? null : effective.until())
                .put("policy_version", policyVersion)
                .put("occurred_at", fact.occurredAt())
                .put("scored_at", scoredAt)
                .put("prev_hash", prevHash)
                .put("hash", hash)
                .build();
    }
}
