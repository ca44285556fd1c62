CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  state TEXT NOT NULL CHECK (state IN ('queued', 'held', 'starting', 'running', 'paused', 'stopping', 'succeeded', 'failed', 'cancelled', 'timed_out', 'lost')),
  reason TEXT,
  message TEXT,
  name TEXT,
  priority INTEGER NOT NULL,
  gpus INTEGER NOT NULL,
  -- The specification as JSON, without the environment.
  spec TEXT NOT NULL,
  -- Values are secrets: read only to launch.
  env TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  started_at_ms INTEGER,
  ended_at_ms INTEGER,
  -- The request to stop; the first reason stays.
  stop_reason TEXT,
  stop_grace_ms INTEGER,
  stop_at_ms INTEGER,
  outcome TEXT,
  attempt TEXT,
  retry_of INTEGER
) STRICT;

CREATE INDEX jobs_by_state ON jobs (state, priority DESC, id);
CREATE INDEX jobs_by_name ON jobs (name, id) WHERE name IS NOT NULL;

CREATE TABLE job_tags (
  job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  PRIMARY KEY (tag, job)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_tags_by_job ON job_tags (job);

CREATE TABLE attempts (
  id TEXT PRIMARY KEY,
  job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  nonce TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  tier TEXT NOT NULL,
  cgroup TEXT,
  gpu_uuids TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  -- What keeper.json says, once read.
  claim TEXT,
  started_at_ms INTEGER,
  ended_at_ms INTEGER,
  receipt TEXT,
  UNIQUE (job, number)
) STRICT;

-- The timeline, and the source of the event stream.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  job INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  data TEXT NOT NULL
) STRICT;

CREATE INDEX events_by_job ON events (job, seq);

CREATE TABLE submissions (
  -- Idempotency-Key of the client.
  key TEXT PRIMARY KEY,
  request_hash TEXT NOT NULL,
  job INTEGER NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
