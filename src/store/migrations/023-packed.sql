-- Receipts, documents and claims may be packed from here on: an earlier version cannot read them. A
-- text that was written before stays as it is. Hashes are shorter.

-- A part of the hash finds the few jobs to compare.
DROP INDEX jobs_by_spec;
DROP INDEX jobs_by_env;
CREATE INDEX jobs_by_spec ON jobs (substr(spec_hash, 1, 6));
CREATE INDEX jobs_by_env ON jobs (substr(env_hash, 1, 6));
