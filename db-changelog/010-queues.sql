--liquibase formatted sql

--changeset nostrtrust:job-queues
--comment The queue that the creator of a job chose. Workers claim the oldest jobs of the queues that they serve.
ALTER TABLE jobs ADD COLUMN queue text NOT NULL DEFAULT 'default';
CREATE INDEX jobs_queue ON jobs (queue, id) WHERE state = 'queued';
--rollback ALTER TABLE jobs DROP COLUMN queue;
