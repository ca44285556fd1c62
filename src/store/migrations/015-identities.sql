-- Another database may use the same number for another job: the UUID distinguishes them. NULL in rows
-- of earlier versions.
ALTER TABLE jobs ADD COLUMN uuid TEXT;

-- JSON: a person's declaration that the PID namespace of an attempt has ended.
ALTER TABLE attempts ADD COLUMN declared_ended TEXT;
