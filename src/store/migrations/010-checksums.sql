-- A checksum for each column of a row, four bytes each in the order of the table's columns.
-- Written and checked by src/store/sums.ts. A later migration may append columns; one that drops or
-- reorders columns of these tables must write the checksums of their rows again.
ALTER TABLE jobs ADD COLUMN sums BLOB;
ALTER TABLE attempts ADD COLUMN sums BLOB;
ALTER TABLE events ADD COLUMN sums BLOB;
ALTER TABLE attempt_gpus ADD COLUMN sums BLOB;
ALTER TABLE gpu_holds ADD COLUMN sums BLOB;
ALTER TABLE submissions ADD COLUMN sums BLOB;
ALTER TABLE marks ADD COLUMN sums BLOB;
