-- Each list of the API is read from an index in the order of its pages.
DROP INDEX jobs_by_state;
CREATE INDEX jobs_by_state ON jobs (state, id);

-- Programs that work without a server ask which attempts have not ended.
CREATE INDEX attempts_unended ON attempts (id) WHERE ended_at_ms IS NULL;

-- With each new key those older than a day are removed.
CREATE INDEX submissions_by_time ON submissions (at_ms);
