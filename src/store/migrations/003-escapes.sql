-- Containers, escaped processes, and shared memory.
UPDATE jobs SET spec = json_insert(spec, '$.escaped', 'report', '$.container', NULL) WHERE json_valid(spec);

UPDATE attempts SET receipt = json_insert(receipt,
  '$.escaped', NULL, '$.escapedOmitted', 0, '$.container', NULL, '$.sharedMemory', NULL)
  WHERE json_valid(receipt);
