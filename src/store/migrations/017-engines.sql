-- The engine that runs an attempt. Earlier versions had one.
ALTER TABLE attempts ADD COLUMN engine TEXT NOT NULL DEFAULT 'local';
