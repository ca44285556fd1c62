-- A number may be another job's in another database: what tells a job from every other one. NULL in
-- rows of before.
ALTER TABLE jobs ADD COLUMN uuid TEXT;

-- JSON: a person's declaration that the PID namespace of an attempt has ended.
ALTER TABLE attempts ADD COLUMN declared_ended TEXT;
