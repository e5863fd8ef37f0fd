--liquibase formatted sql

--changeset nostrtrust:job-queues
--comment The queue that the creator of a job chose: workers claim the oldest jobs of the queues that they serve. releases counts the claims
--comment that were handed back, attempts the others. A failed attempt delays the next claim until available_at.
ALTER TABLE jobs
    ADD COLUMN queue text NOT NULL DEFAULT 'default',
    ADD COLUMN available_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN releases int NOT NULL DEFAULT 0;
--rollback ALTER TABLE jobs DROP COLUMN queue, DROP COLUMN available_at, DROP COLUMN releases;

--changeset nostrtrust:job-progress
--comment The latest progress of the latest claim, as JSON.
ALTER TABLE jobs ADD COLUMN progress text;
--rollback ALTER TABLE jobs DROP COLUMN progress;

--changeset nostrtrust:job-queues-index runInTransaction:false
--comment Workers claim the jobs of a queue in the order in which they became available.
SET lock_timeout = 0;
CREATE INDEX CONCURRENTLY jobs_available ON jobs (queue, available_at, id) WHERE state = 'queued';
SET lock_timeout = '400ms';
--rollback DROP INDEX jobs_available;
