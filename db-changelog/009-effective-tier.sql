--liquibase formatted sql

--changeset nostrtrust:ledger-effective-tier
--comment What an operator decides is an entry too. locked_tier belongs to the fact, the other columns are written with seq: the tier that
--comment counts after the entry, whether the identity is blocked, and when decay alone lowers the tier. Null in older entries.
ALTER TABLE trust_ledger
    ADD COLUMN locked_tier text,
    ADD COLUMN trust_tier text,
    ADD COLUMN blocked boolean,
    ADD COLUMN tier_until timestamptz,
    DROP CONSTRAINT trust_ledger_kind_check,
    ADD CONSTRAINT trust_ledger_kind_check
        CHECK (kind IN ('success', 'failure', 'reversal', 'adjustment', 'lock', 'unlock', 'block', 'unblock', 'erase')) NOT VALID,
    ADD CONSTRAINT trust_ledger_locked_tier_check CHECK ((kind = 'lock') = (locked_tier IS NOT NULL)) NOT VALID,
    ADD CONSTRAINT trust_ledger_effective_check
        CHECK (num_nulls(trust_tier, blocked) <> 1 AND (seq IS NOT NULL OR num_nonnulls(trust_tier, tier_until) = 0)) NOT VALID;
--rollback ALTER TABLE trust_ledger DROP COLUMN locked_tier, DROP COLUMN trust_tier, DROP COLUMN blocked, DROP COLUMN tier_until;
