-- The checksums of 010 for the tables that had none.
ALTER TABLE allocations ADD COLUMN sums BLOB;
ALTER TABLE stop_requests ADD COLUMN sums BLOB;
ALTER TABLE job_tags ADD COLUMN sums BLOB;
