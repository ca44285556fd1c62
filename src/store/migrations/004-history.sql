-- Retention looks for the oldest ended jobs.
CREATE INDEX jobs_by_end ON jobs (ended_at_ms, id) WHERE ended_at_ms IS NOT NULL;
