package dev.nostrtrust.torture;

import org.jspecify.annotations.Nullable;

/**
 * What a row of {@code nostr_identities} says of trust. Times are microseconds since 1970.
 *
 * @param absorbedOn days since 1970 in UTC; null where nothing was scored
 */
record IdentityRow(
        String pubkey,
        LedgerEntry.Moment moment,
        long asOf,
        @Nullable Long lastSuccess,
        long interactions,
        long absorbed,
        @Nullable Long absorbedOn,
        String policyVersion,
        long createdAt,
        @Nullable String locked,
        boolean blocked) {}
