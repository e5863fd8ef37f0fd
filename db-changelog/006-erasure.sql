--liquibase formatted sql

--changeset nostrtrust:erasure
--comment An identity that asked for it is erased at erase_after; a proof of its key before then clears that. erased_at says when its
--comment sessions and jobs were last deleted: the row stays, and so does what the ledger knows of the key.
ALTER TABLE nostr_identities ADD COLUMN erase_after timestamptz, ADD COLUMN erased_at timestamptz;
--rollback ALTER TABLE nostr_identities DROP COLUMN erase_after, DROP COLUMN erased_at;

--changeset nostrtrust:erasure-due runInTransaction:false
SET lock_timeout = 0;
CREATE INDEX CONCURRENTLY nostr_identities_erase_after ON nostr_identities (erase_after) WHERE erase_after IS NOT NULL;
SET lock_timeout = '400ms';
--rollback DROP INDEX nostr_identities_erase_after;
