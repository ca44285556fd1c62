-- Which exit records are accepted.
ALTER TABLE attempts ADD COLUMN seal_hash TEXT;
ALTER TABLE attempts ADD COLUMN distrusted INTEGER NOT NULL DEFAULT 0;
