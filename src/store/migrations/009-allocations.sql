-- What each attempt holds, from `starting` to its proven end. One row per resource: kind 'slot' with
-- an amount, kind 'gpu' with the UUID as the name. No unique index over a GPU's name: an earlier
-- version could assign a GPU twice, and both attempts hold it until they end.
CREATE TABLE allocations (
  attempt TEXT NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
  job INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (attempt, kind, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX allocations_by_resource ON allocations (kind, name);
