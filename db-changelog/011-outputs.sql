--liquibase formatted sql

--changeset nostrtrust:job-outputs
--comment The output of a job in chunks, numbered over all claims. claim counts the claims of the job. Rows are inserted, and deleted with
--comment their job: a vacuum after a fixed number of either keeps the space of deleted rows for new ones.
CREATE TABLE job_outputs (
    job_id uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    number int  NOT NULL,
    claim  int  NOT NULL,
    text   text NOT NULL,
    PRIMARY KEY (job_id, number)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
      autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000,
      autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 20000);
--rollback DROP TABLE job_outputs;

--changeset nostrtrust:job-output-counts
--comment The number and the bytes of the chunks, and their number at the start of the latest claim.
ALTER TABLE jobs
    ADD COLUMN output_count int NOT NULL DEFAULT 0,
    ADD COLUMN output_start int NOT NULL DEFAULT 0,
    ADD COLUMN output_bytes int NOT NULL DEFAULT 0;
--rollback ALTER TABLE jobs DROP COLUMN output_count, DROP COLUMN output_start, DROP COLUMN output_bytes;

--changeset nostrtrust:job-errors
--comment Why the latest failed attempt failed.
ALTER TABLE jobs ADD COLUMN last_error text;
--rollback ALTER TABLE jobs DROP COLUMN last_error;

--changeset nostrtrust:job-deadlines
--comment Whether the creator chose the deadline. It then ends a running job, too.
ALTER TABLE jobs ADD COLUMN deadline_chosen boolean NOT NULL DEFAULT false;
--rollback ALTER TABLE jobs DROP COLUMN deadline_chosen;

--changeset nostrtrust:jobs-running-deadline-index runInTransaction:false
SET lock_timeout = 0;
CREATE INDEX CONCURRENTLY jobs_running_deadline ON jobs (deadline) WHERE state = 'running' AND deadline_chosen;
SET lock_timeout = '400ms';
--rollback DROP INDEX jobs_running_deadline;
