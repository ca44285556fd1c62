-- What each GPU of an attempt held before it began, and what was sampled during it: a server that was
-- not there at the beginning needs this to check the end.
CREATE TABLE attempt_gpus (
  attempt TEXT PRIMARY KEY REFERENCES attempts (id) ON DELETE CASCADE,
  baseline TEXT NOT NULL,
  seen TEXT
) STRICT, WITHOUT ROWID;

-- GPUs that a process of an ended attempt still holds: assigned again only when that is over.
CREATE TABLE gpu_holds (
  uuid TEXT PRIMARY KEY,
  attempt TEXT NOT NULL,
  job INTEGER NOT NULL,
  boot_id TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  baseline TEXT NOT NULL,
  seen TEXT,
  words TEXT NOT NULL
) STRICT, WITHOUT ROWID;

UPDATE attempts SET receipt = json_insert(receipt, '$.gpus', NULL) WHERE json_valid(receipt);
