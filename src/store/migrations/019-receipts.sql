-- Receipts, the largest values, in a table of their own: a list of attempts does not read them.
CREATE TABLE receipts (
  attempt TEXT PRIMARY KEY REFERENCES attempts (id) ON DELETE CASCADE,
  -- What the attempt's output took when it ended.
  output_bytes INTEGER NOT NULL,
  receipt TEXT NOT NULL,
  sums BLOB
) STRICT;

CREATE INDEX receipts_by_size ON receipts (output_bytes);

-- SHA-256 of the receipt; NULL: the attempt has not ended, or executed nothing. Filled by move-receipts.ts.
ALTER TABLE attempts RENAME COLUMN receipt TO receipt_hash;
