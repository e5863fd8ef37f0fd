--liquibase formatted sql

--changeset nostrtrust:sessions
CREATE TABLE sessions (
    id                uuid        PRIMARY KEY,
    nostr_pubkey      text        REFERENCES nostr_identities,
    state             text        NOT NULL CHECK (state IN ('open', 'closed', 'expired')),
    created_at        timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    ended_at          timestamptz,
    request_count     bigint      NOT NULL DEFAULT 0,
    idempotency_scope text,
    idempotency_key   text,
    request_hash      text,
    CHECK ((state = 'open') = (ended_at IS NULL))
) WITH (fillfactor = 90,
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000);
CREATE UNIQUE INDEX sessions_idempotency ON sessions (idempotency_scope, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX sessions_nostr_pubkey ON sessions (nostr_pubkey, id) WHERE nostr_pubkey IS NOT NULL;
CREATE INDEX sessions_open ON sessions (expires_at) WHERE state = 'open';
--rollback DROP TABLE sessions;

--changeset nostrtrust:jobs
--comment No index has lease_until or progress, so that heartbeats are HOT updates. Running jobs are few: the sweep of leases reads them all.
--comment A vacuum of a large table does not scan the indexes for a few dead rows. Claims remove the dead entries of the queue that they read.
CREATE TABLE jobs (
    id                uuid        PRIMARY KEY,
    session_id        uuid        REFERENCES sessions,
    nostr_pubkey      text        REFERENCES nostr_identities,
    state             text        NOT NULL
                      CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired')),
    request           text        NOT NULL,
    result            text,
    sats_cost         bigint      CHECK (sats_cost >= 0),
    sats_absorbed     bigint      CHECK (sats_absorbed >= 0),
    sats_lost         bigint      CHECK (sats_lost >= 0),
    reason            text,
    fence             bigint      NOT NULL DEFAULT 0,
    attempts          int         NOT NULL DEFAULT 0,
    worker            text,
    lease_until       timestamptz,
    deadline          timestamptz,
    created_at        timestamptz NOT NULL,
    started_at        timestamptz,
    finished_at       timestamptz,
    idempotency_scope text,
    idempotency_key   text,
    request_hash      text,
    CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL)),
    CHECK (state <> 'running' OR lease_until IS NOT NULL),
    CHECK (state <> 'queued' OR lease_until IS NULL)
) WITH (fillfactor = 80,
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000);
CREATE UNIQUE INDEX jobs_idempotency ON jobs (idempotency_scope, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX jobs_session_id ON jobs (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX jobs_nostr_pubkey ON jobs (nostr_pubkey, id) WHERE nostr_pubkey IS NOT NULL;
CREATE INDEX jobs_state ON jobs (state, id);
CREATE INDEX jobs_deadline ON jobs (deadline) WHERE state = 'queued' AND deadline IS NOT NULL;
--rollback DROP TABLE jobs;
