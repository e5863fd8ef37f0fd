package dev.nostrtrust.trust;

import dev.nostrtrust.json.Json;
import dev.nostrtrust.nostr.Hex;
import dev.nostrtrust.nostr.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;

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

    /** An entry in its place, with its hash computed. */
    static Entry chained(Entry draft, String prevHash) {
        byte[] canonical = draft.canonical().getBytes(StandardCharsets.UTF_8);
        String hash = Hex.encode(Sha256.of(Hex.decode(prevHash), canonical));
        return new Entry(
                draft.seq,
                draft.id,
                draft.fact,
                draft.delta,
                draft.before,
                draft.after,
                draft.policyVersion,
                draft.scoredAt,
                prevHash,
                hash);
    }

    /**
     * Everything that the hash is taken over: a JSON array without white space; times as microseconds since 1970,
     * doubles as the sixteen hexadecimal digits of their IEEE 754 bits. Written down in docs/ledger.md.
     */
    public String canonical() {
        return Json.array(List.of(
                        Json.of("nostr-trust-ledger-1"),
                        Json.of(seq),
                        Json.of(id),
                        Json.of(fact.source()),
                        Json.of(fact.sourceId()),
                        Json.of(fact.pubkey().hex()),
                        Json.of(fact.kind().code()),
                        Json.ofNullable(
                                fact.reason() == null ? null : fact.reason().code()),
                        Json.of(fact.sats()),
                        Json.of(fact.satsAbsorbed()),
                        fact.reverses() == null ? Json.Null.NULL : Json.of(fact.reverses()),
                        Json.of(micros(fact.occurredAt())),
                        bits(delta),
                        bits(before.balance),
                        bits(after.balance),
                        bits(before.score),
                        bits(after.score),
                        Json.of(before.tier.code()),
                        Json.of(after.tier.code()),
                        Json.of(policyVersion),
                        Json.of(micros(scoredAt))))
                .encode();
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

    private static Json bits(double value) {
        return Json.of(HexFormat.of().toHexDigits(Double.doubleToRawLongBits(value)));
    }

    private static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }
}
