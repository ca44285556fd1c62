-- Specifications and environments of jobs, as JSON, by its SHA-256: equal jobs share them.
CREATE TABLE documents (
  hash TEXT PRIMARY KEY,
  document TEXT NOT NULL,
  sums BLOB
) STRICT;

-- Filled by move-documents.ts.
ALTER TABLE jobs RENAME COLUMN spec TO spec_hash;
ALTER TABLE jobs RENAME COLUMN env TO env_hash;

-- With the last job that uses it a document is removed.
CREATE INDEX jobs_by_spec ON jobs (spec_hash);
CREATE INDEX jobs_by_env ON jobs (env_hash);
