--liquibase formatted sql

--changeset nostrtrust:job-queues
--comment The queue that the creator of a job chose. Workers claim the oldest jobs of the queues that they serve.
ALTER TABLE jobs ADD COLUMN queue text NOT NULL DEFAULT 'default';
CREATE INDEX jobs_queue ON jobs (queue, id) WHERE state = 'queued';
--rollback ALTER TABLE jobs DROP COLUMN queue;

--changeset nostrtrust:jobs-finished
--comment Operators list finished jobs by state.
CREATE INDEX jobs_finished ON jobs (state, id) WHERE finished_at IS NOT NULL;
--rollback DROP INDEX jobs_finished;
