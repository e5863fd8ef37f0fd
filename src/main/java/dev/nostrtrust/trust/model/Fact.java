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

    /** The reason of a failure; for all other facts the kind. */
    public String cause() {
        return reason == null ? kind.code() : reason.code();
    }
}
