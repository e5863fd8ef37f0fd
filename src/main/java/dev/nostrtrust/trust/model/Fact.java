package dev.nostrtrust.trust.model;

import dev.nostrtrust.nostr.PublicKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event that changes a balance. A fact is written once, in the transaction of the event.
 *
 * @param source the kind of writer, such as {@code job}
 * @param sourceId the id within the source; source and id together are unique
 * @param reason the reason of a failure; null for all other kinds
 * @param sats the amount kept (success) or lost (failure); the signed change of an adjustment
 * @param satsAbsorbed the amount that the operator paid for the identity
 * @param reverses the ledger id of the reversed fact; null for all other kinds
 * @param occurredAt the time of the event, in microseconds
 * @param lockedTier the tier that a lock sets; null for all other kinds
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
        Instant occurredAt,
        @Nullable Tier lockedTier) {
    private static final String OPERATOR = "operator";

    public static Fact success(String source, String sourceId, PublicKey pubkey, long sats, Instant occurredAt) {
        return new Fact(source, sourceId, pubkey, FactKind.SUCCESS, null, sats, 0, null, occurredAt, null);
    }

    public static Fact failure(
            String source, String sourceId, PublicKey pubkey, FaultReason reason, long sats, Instant occurredAt) {
        return new Fact(source, sourceId, pubkey, FactKind.FAILURE, reason, sats, 0, null, occurredAt, null);
    }

    /** An operator changes a balance by signed sats. */
    public static Fact adjustment(String sourceId, PublicKey pubkey, long sats, Instant occurredAt) {
        return new Fact(OPERATOR, sourceId, pubkey, FactKind.ADJUSTMENT, null, sats, 0, null, occurredAt, null);
    }

    /** The reversal of the fact with this ledger id. */
    public static Fact reversal(String sourceId, PublicKey pubkey, long reverses, Instant occurredAt) {
        return new Fact("reversal", sourceId, pubkey, FactKind.REVERSAL, null, 0, 0, reverses, occurredAt, null);
    }

    /** An operator locks a tier; null ends the lock. */
    public static Fact lock(String sourceId, PublicKey pubkey, @Nullable Tier tier, Instant occurredAt) {
        FactKind kind = tier == null ? FactKind.UNLOCK : FactKind.LOCK;
        return new Fact(OPERATOR, sourceId, pubkey, kind, null, 0, 0, null, occurredAt, tier);
    }

    /** An operator blocks an identity or ends the block. */
    public static Fact block(String sourceId, PublicKey pubkey, boolean blocked, Instant occurredAt) {
        FactKind kind = blocked ? FactKind.BLOCK : FactKind.UNBLOCK;
        return new Fact(OPERATOR, sourceId, pubkey, kind, null, 0, 0, null, occurredAt, null);
    }

    /** The reason of a failure; for all other facts the kind. */
    public String cause() {
        return reason == null ? kind.code() : reason.code();
    }
}
