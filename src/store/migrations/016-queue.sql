-- The queue by what its jobs ask for: a scheduling pass reads the first of each kind and no others.
CREATE INDEX jobs_queued ON jobs (gpus, priority DESC, id) WHERE state = 'queued';

CREATE INDEX jobs_retried_later ON jobs (wait_until_ms)
  WHERE state = 'queued' AND wait_until_ms IS NOT NULL;
