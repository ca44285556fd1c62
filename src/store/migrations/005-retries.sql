-- Further attempts of the same job, by its policy, and the wait before them.
ALTER TABLE jobs ADD COLUMN wait_from_ms INTEGER;
ALTER TABLE jobs ADD COLUMN wait_until_ms INTEGER;

UPDATE jobs SET spec = json_insert(spec,
  '$.retries', json('{"max":0,"on":["failed","keeper_lost","machine_restarted"],"delayMs":10000}')) WHERE json_valid(spec);
