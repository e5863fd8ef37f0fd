--liquibase formatted sql

--changeset nostrtrust:job-queues
--comment The queue that the creator of a job chose: workers claim the oldest jobs of the queues that they serve. releases counts the claims
--comment that were handed back, attempts the others.
ALTER TABLE jobs
    ADD COLUMN queue text NOT NULL DEFAULT 'default',
    ADD COLUMN releases int NOT NULL DEFAULT 0;
--rollback ALTER TABLE jobs DROP COLUMN queue, DROP COLUMN releases;

--changeset nostrtrust:job-progress
--comment The latest progress of the latest claim, as JSON.
ALTER TABLE jobs ADD COLUMN progress text;
--rollback ALTER TABLE jobs DROP COLUMN progress;

--changeset nostrtrust:job-queues-index runInTransaction:false
SET lock_timeout = 0;
CREATE INDEX CONCURRENTLY jobs_queue ON jobs (queue, id) WHERE state = 'queued';
SET lock_timeout = '400ms';
--rollback DROP INDEX jobs_queue;

--changeset nostrtrust:jobs-finished-index runInTransaction:false
--comment Operators list finished jobs by state.
SET lock_timeout = 0;
CREATE INDEX CONCURRENTLY jobs_finished ON jobs (state, id) WHERE finished_at IS NOT NULL;
SET lock_timeout = '400ms';
--rollback DROP INDEX jobs_finished;
