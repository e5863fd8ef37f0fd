--liquibase formatted sql

--changeset nostrtrust:rates
--comment What was taken of rate limits: when a bucket is full again, in microseconds since 1970, and how many units the last statement got.
--comment Unlogged: it costs no commit, and a crash of the database forgets it, which lets everybody begin anew. No index on full_at:
--comment it changes with every unit.
CREATE UNLOGGED TABLE rate_buckets (
    key     text   PRIMARY KEY,
    full_at bigint NOT NULL,
    granted bigint NOT NULL CHECK (granted >= 0)
) WITH (fillfactor = 70);
--rollback DROP TABLE rate_buckets;
