-- In which PID namespace an attempt's pids mean something.
ALTER TABLE attempts ADD COLUMN pid_namespace TEXT;
