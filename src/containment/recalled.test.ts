import { expect, it } from "vitest";
import { intentRecord } from "../contract/keeper.ts";
import { attemptOf } from "./recalled.ts";

const written = {
  version: 1,
  attempt: "11111111-2222-4333-8444-555555555555",
  job: 7,
  number: 1,
  boot_id: "boot",
  nonce: "00112233445566778899aabbccddeeff",
  tier: "subreaper",
  cgroup: null,
  cgroup_also: [],
  command: ["true"],
  cwd: "/",
  made_at_ms: 1,
};

it("an attempt that the store has lost keeps its GPUs: no other job gets them while it runs", () => {
  const intent = intentRecord.parse({ ...written, gpu_uuids: ["GPU-1", "GPU-2"] });
  expect(attemptOf(intent).gpuUuids).toEqual(["GPU-1", "GPU-2"]);
});

it("an intent of a server that did not write them has none", () => {
  expect(attemptOf(intentRecord.parse(written)).gpuUuids).toEqual([]);
});
