--liquibase formatted sql

--changeset nostrtrust:credentials splitStatements:false
--comment The tokens of workers, services and operators: a token is accepted while the row of its id (jti) exists and is not revoked.
--comment credential_version has one row. Its number grows with each change that nodes have to know of, in the transaction of the change: each
--comment node reads it a few times a second, and the credentials only if it has changed.
CREATE TABLE credential_version (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint  NOT NULL
) WITH (fillfactor = 10);
INSERT INTO credential_version (version) VALUES (1);
CREATE FUNCTION credentials_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE credential_version SET version = version + 1;
    RETURN NULL;
END $$;
CREATE TABLE credentials (
    id           uuid        PRIMARY KEY,
    name         text        NOT NULL,
    scope        text        NOT NULL CHECK (scope IN ('worker', 'service', 'operator')),
    created_at   timestamptz NOT NULL,
    created_by   text        NOT NULL,
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    revoked_by   text
) WITH (fillfactor = 80);
CREATE TRIGGER credentials_changed AFTER INSERT OR DELETE ON credentials FOR EACH ROW EXECUTE FUNCTION credentials_changed();
CREATE TRIGGER credentials_truncated AFTER TRUNCATE ON credentials FOR EACH STATEMENT EXECUTE FUNCTION credentials_changed();
CREATE TRIGGER credentials_updated AFTER UPDATE ON credentials FOR EACH ROW
    WHEN ((OLD.revoked_at, OLD.expires_at) IS DISTINCT FROM (NEW.revoked_at, NEW.expires_at))
    EXECUTE FUNCTION credentials_changed();
--rollback DROP TABLE credentials, credential_version;
--rollback DROP FUNCTION credentials_changed;

--changeset nostrtrust:audit-reason
--comment Why an operator did it, in the operator's own words.
ALTER TABLE audit_log ADD COLUMN reason text;
--rollback ALTER TABLE audit_log DROP COLUMN reason;
