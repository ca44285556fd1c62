import { expect, it } from "vitest";
import type { Receipt } from "../../contract/receipt.ts";
import { receiptFacts } from "./receipt-facts.ts";

const nowMs = Date.parse("2026-11-22T14:00:00Z");
const killed = { command: "loader", code: null, signal: 9, aliveAtMs: nowMs, atMs: nowMs };

const receipt: Receipt = {
  jobId: 42,
  attempt: "a-b",
  attemptNumber: 1,
  state: "failed",
  outcome: { code: 3, signal: null, reason: "out_of_memory", leftovers: 0 },
  tier: "cgroup",
  proof: { kind: "keeper", message: "no child was left", echild: true, populated: 0 },
  unproven: [],
  phases: [
    { name: "claimed", atMs: nowMs },
    { name: "nothing left", atMs: nowMs + 61_000 },
  ],
  processes: [
    { ...killed, pid: 814, how: "self", statusUnknown: null },
    { ...killed, pid: 815, how: "kill", statusUnknown: null },
  ],
  processesOmitted: 0,
  processesMayLack: [],
  ended: { self: 1, term: 0, kill: 1, unknown: 0 },
  escaped: null,
  escapedOmitted: 0,
  container: null,
  gpus: null,
  sharedMemory: null,
  cpuUserUs: null,
  cpuSystemUs: null,
  maxRssBytes: null,
  memoryPeakBytes: null,
  oomKills: 1,
  oomVictims: [],
  pidsPeak: null,
  cpuThrottledUs: null,
  cpuThrottledPeriods: null,
  pressure: null,
  limits: [],
  output: { stdoutBytes: null, stderrBytes: null, punchedBytes: null },
  unapplied: [],
};

function killedForMemory(change: Partial<Receipt>): unknown {
  return receiptFacts({ ...receipt, ...change }).find(
    ([name]) => name === "killed for memory",
  )?.[1];
}

it("shows the kernel's victims for memory as its log names them", () => {
  expect(killedForMemory({ oomVictims: [{ pid: 814, command: "loader" }] })).toBe("loader 814");
  expect(killedForMemory({ oomKills: 0 })).toBeNull();
});

it("shows the kernel's count where its log names no victim, when it was counted, and what it may explain", () => {
  expect(killedForMemory({})).toBe(
    "1 kill counted from 2026-11-22 14:00:00 +0000 to 2026-11-22 14:01:01 +0000; which process is not on record; ended by a SIGKILL that Holdfast did not send: loader 814",
  );
  expect(killedForMemory({ processes: [] })).toMatch(/not on record$/);
});
