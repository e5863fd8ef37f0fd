package dev.nostrtrust.trust.model;

import dev.nostrtrust.nostr.PublicKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened and moves a balance. Written once, in the transaction in which it became true.
 *
 * @param source who says so, such as {@code job}
 * @param sourceId what it says it of; with the source it makes the fact unique
 * @param reason why a failure is one; null for all other kinds
 * @param sats what was kept (success) or lost (failure); the signed change of an adjustment
 * @param satsAbsorbed what the operator paid for the identity
 * @param reverses the ledger id of the fact that a reversal takes back
 * @param occurredAt when it happened, to the microsecond
 */
public record Fact(
        String source,
        String sourceId,
        PublicKey pubkey,
        FactKind kind,
        @Nullable FaultReason reason,
        long sats,
        long satsAbsorbed,
        @Nullable Long reverses,
        Instant occurredAt) {

    public static Fact success(String source, String sourceId, PublicKey pubkey, long sats, Instant occurredAt) {
        return new Fact(source, sourceId, pubkey, FactKind.SUCCESS, null, sats, 0, null, occurredAt);
    }

    public static Fact failure(
            String source, String sourceId, PublicKey pubkey, FaultReason reason, long sats, Instant occurredAt) {
        return new Fact(source, sourceId, pubkey, FactKind.FAILURE, reason, sats, 0, null, occurredAt);
    }

    /** In one word: the reason of a failure, otherwise the kind. */
    public String cause() {
        return reason == null ? kind.code() : reason.code();
    }
}
