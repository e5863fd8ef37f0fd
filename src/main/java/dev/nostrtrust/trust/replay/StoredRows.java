package dev.nostrtrust.trust.replay;

import dev.nostrtrust.nostr.PublicKey;
import dev.nostrtrust.trust.ledger.Entry;
import dev.nostrtrust.trust.ledger.Ledger;
import dev.nostrtrust.trust.ledger.StandingStore;
import dev.nostrtrust.trust.model.EffectiveTier;
import dev.nostrtrust.trust.model.Fact;
import dev.nostrtrust.trust.model.FactKind;
import dev.nostrtrust.trust.model.FaultReason;
import dev.nostrtrust.trust.model.Standing;
import dev.nostrtrust.trust.model.Tier;
import dev.nostrtrust.trust.model.TrustState;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows of the ledger and of identities. Invalid data that no server writes, such as an unknown tier, is a
 * {@link Divergence} that names the row. Pure.
 */
final class StoredRows {
    private StoredRows() {}

    /** Reads {@link Ledger#ENTRY_COLUMNS}. */
    static Entry entry(CopyRow row) {
        long seq = row.int8();
        long id = row.int8();
        try {
            Fact fact = fact(row);
            double delta = row.float8();
            double balanceBefore = row.float8();
            double balanceAfter = row.float8();
            double scoreBefore = row.float8();
            double scoreAfter = row.float8();
            Entry.Mark before = new Entry.Mark(balanceBefore, scoreBefore, Tier.of(row.text()));
            Entry.Mark after = new Entry.Mark(balanceAfter, scoreAfter, Tier.of(row.text()));
            String policyVersion = row.text();
            Instant scoredAt = row.time();
            return new Entry(
                    seq, id, fact, delta, before, after, policyVersion, scoredAt, effective(row), row.hex(), row.hex());
        } catch (RuntimeException e) {
            throw new Divergence(Entry.label(seq, id) + " cannot be read: " + e.getMessage());
        }
    }

    private static Fact fact(CopyRow row) {
        String source = row.text();
        String sourceId = row.text();
        PublicKey pubkey = new PublicKey(row.text());
        FactKind kind = FactKind.of(row.text());
        String reason = row.textOrNull();
        return new Fact(
                source,
                sourceId,
                pubkey,
                kind,
                reason == null ? null : reason(reason),
                row.int8(),
                row.int8(),
                row.int8OrNull(),
                row.time(),
                tierOrNull(row));
    }

    private static @Nullable EffectiveTier effective(CopyRow row) {
        Tier tier = tierOrNull(row);
        Boolean blocked = row.boolOrNull();
        Instant until = row.timeOrNull();
        return tier == null || blocked == null ? null : new EffectiveTier(tier, blocked, until);
    }

    private static @Nullable Tier tierOrNull(CopyRow row) {
        String code = row.textOrNull();
        return code == null ? null : Tier.of(code);
    }

    private static FaultReason reason(String code) {
        return FaultReason.of(code).orElseThrow(() -> new IllegalArgumentException("unknown reason: " + code));
    }

    /** Reads {@link StandingStore#COLUMNS}, then trust_score, policy_version and created_at. */
    static LedgerReader.StoredStanding standing(CopyRow row) {
        PublicKey pubkey = new PublicKey(row.text());
        try {
            TrustState state = new TrustState(row.float8(), row.time(), Tier.of(row.text()), row.timeOrNull());
            long interactions = row.int8();
            long absorbed = row.int8();
            LocalDate absorbedOn = row.dateOrNull();
            Tier locked = tierOrNull(row);
            boolean blocked = Boolean.TRUE.equals(row.boolOrNull());
            Standing standing = new Standing(pubkey, state, interactions, absorbed, absorbedOn, locked, blocked);
            return new LedgerReader.StoredStanding(standing, row.float8(), row.text(), row.time());
        } catch (RuntimeException e) {
            throw new Divergence("identity " + pubkey.hex() + " cannot be read: " + e.getMessage());
        }
    }
}
