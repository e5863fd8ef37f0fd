--liquibase formatted sql

--changeset nostrtrust:refresh
--comment How many times the token of a login was replaced, and when for the last time. An expired token that was replaced before is a
--comment stolen copy: using it ends the login.
ALTER TABLE logins ADD COLUMN generation bigint NOT NULL DEFAULT 0, ADD COLUMN renewed_at timestamptz;
--rollback ALTER TABLE logins DROP COLUMN generation, DROP COLUMN renewed_at;
