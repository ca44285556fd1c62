-- Limits of resources: what a job may take, how each is enforced, and what was measured.
ALTER TABLE attempts ADD COLUMN cgroup_also TEXT NOT NULL DEFAULT '[]';
ALTER TABLE attempts ADD COLUMN limits TEXT NOT NULL DEFAULT '[]';

UPDATE jobs SET spec = json_insert(spec,
  '$.limits', json('{"memoryMaxBytes":null,"memoryHighBytes":null,"swapMaxBytes":null,"cpuCores":null,"cpuWeight":null,"pidsMax":null,"ioWeight":null}'),
  '$.strictLimits', json('false')) WHERE json_valid(spec);

UPDATE attempts SET receipt = json_insert(receipt,
  '$.oomVictims', json('[]'), '$.pidsPeak', NULL, '$.cpuThrottledUs', NULL,
  '$.cpuThrottledPeriods', NULL, '$.pressure', NULL, '$.limits', json('[]'))
  WHERE json_valid(receipt);
