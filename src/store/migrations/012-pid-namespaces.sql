-- The PID namespace in which an attempt's pids are valid.
ALTER TABLE attempts ADD COLUMN pid_namespace TEXT;
