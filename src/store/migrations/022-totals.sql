-- Jobs that have not ended and have had an attempt: the output of those attempts is not the history's.
CREATE INDEX jobs_begun ON jobs (id) WHERE ended_at_ms IS NULL AND attempt IS NOT NULL;

-- With the wait before the next attempt: the jobs that wait for one are passed over in the index.
DROP INDEX jobs_queued;
CREATE INDEX jobs_queued ON jobs (gpus, priority DESC, id, wait_until_ms, wait_from_ms)
  WHERE state = 'queued';
