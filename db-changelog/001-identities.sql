--liquibase formatted sql

--changeset nostrtrust:identities
--comment Who has proven a key. Score, tier and balance are as of balance_as_of; reads decay them and never write.
--comment Here and in other tables that change often: a fixed number of changed rows starts a vacuum, and not a share of the table. Otherwise,
--comment dead rows would grow with the table. Each page has room for updates that change no indexed column and so write no index (HOT).
CREATE TABLE nostr_identities (
    pubkey              text             PRIMARY KEY CHECK (length(pubkey) = 64 AND pubkey !~ '[^0-9a-f]'),
    trust_score         double precision NOT NULL CHECK (trust_score BETWEEN 0 AND 100),
    tier                text             NOT NULL CHECK (tier IN ('anonymous', 'new', 'established', 'trusted', 'elite')),
    interaction_count   bigint           NOT NULL DEFAULT 0,
    sats_absorbed_today bigint           NOT NULL DEFAULT 0,
    sats_absorbed_on    date,
    last_seen           timestamptz      NOT NULL,
    created_at          timestamptz      NOT NULL,
    balance             double precision NOT NULL,
    balance_as_of       timestamptz      NOT NULL,
    last_success_at     timestamptz,
    tier_locked         text             CHECK (tier_locked IN ('anonymous', 'new', 'established', 'trusted', 'elite')),
    tokens_valid_after  timestamptz,
    blocked_at          timestamptz,
    policy_version      text             NOT NULL
) WITH (fillfactor = 80,
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000);
--rollback DROP TABLE nostr_identities;

--changeset nostrtrust:logins
--comment A login is the redemption of a challenge: its primary key is the nonce's id, so that single use and revocation are one row.
CREATE TABLE logins (
    id         uuid        PRIMARY KEY,
    pubkey     text        NOT NULL REFERENCES nostr_identities,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
) WITH (fillfactor = 90,
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000);
CREATE INDEX logins_expires_at ON logins (expires_at);
CREATE INDEX logins_revoked_at ON logins (revoked_at) WHERE revoked_at IS NOT NULL;
--rollback DROP TABLE logins;
