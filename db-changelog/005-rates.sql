--liquibase formatted sql

--changeset nostrtrust:rates
--comment What was taken of rate limits: when a bucket is full again, in microseconds since 1970, and how many units the last statement got.
--comment Unlogged: it costs no commit, and a crash of the database forgets it, which lets everybody begin anew. No index on full_at:
--comment it changes with every unit. Vacuumed after a fixed number of changes, because each request changes a row.
CREATE UNLOGGED TABLE rate_buckets (
    key     text   PRIMARY KEY,
    full_at bigint NOT NULL,
    granted bigint NOT NULL CHECK (granted >= 0)
) WITH (fillfactor = 70,
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000);
--rollback DROP TABLE rate_buckets;
