--liquibase formatted sql

--changeset nostrtrust:refusals
--comment How often a blocked identity was refused, by action and hour: a client that retries in a loop grows a number, not a table.
--comment Unlogged: requests that wait for the same row do not wait for the disk. A crash of the database forgets the counts; the audit log keeps
--comment the first refusal of each hour. Vacuumed after a fixed number of changes, because each refusal changes a row.
CREATE UNLOGGED TABLE refusal_counts (
    pubkey text        NOT NULL,
    action text        NOT NULL,
    hour   timestamptz NOT NULL,
    count  bigint      NOT NULL DEFAULT 1,
    PRIMARY KEY (pubkey, action, hour)
) WITH (fillfactor = 70,
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000);
CREATE INDEX refusal_counts_hour ON refusal_counts (hour);
--rollback DROP TABLE refusal_counts;
