-- Every request to stop a job, as it was passed to the keeper. Nothing is computed from its times.
CREATE TABLE stop_requests (
  id INTEGER PRIMARY KEY,
  job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  -- NULL: nothing of the job had been started.
  attempt TEXT,
  number INTEGER NOT NULL,
  reason TEXT NOT NULL,
  grace_ms INTEGER NOT NULL,
  prolong INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  -- JSON: the process that requested it.
  client TEXT
) STRICT;

CREATE INDEX stop_requests_by_job ON stop_requests (job, id);

INSERT INTO stop_requests (job, attempt, number, reason, grace_ms, prolong, at_ms)
  SELECT id, attempt, 1, stop_reason, stop_grace_ms, 0, stop_at_ms FROM jobs
    WHERE stop_reason IS NOT NULL AND state IN ('starting', 'running', 'paused', 'stopping');
