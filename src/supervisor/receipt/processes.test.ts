import { expect, it } from "vitest";
import type { AttemptRow } from "../../store/rows.ts";
import { processesOfSweep } from "./processes.ts";

const survivor = { start: 1, comm: "python3", aliveAtMs: 1000, goneAtMs: 2000 };

it("does not say that SIGKILL ended a process that could not be signalled", () => {
  const listed = processesOfSweep(
    {
      stopped: [
        { ...survivor, pid: 900, denied: false },
        { ...survivor, pid: 901, denied: true },
        { ...survivor, pid: 902, denied: true },
      ],
      proven: true,
      by: ["spawner"],
      orphans: {
        listed: [{ pid: 902, start: 1, comm: "python3", code: null, signal: 9 }],
        omitted: 0,
        keepers: 1,
      },
      startedAtMs: 1000,
      endedAtMs: 2000,
    },
    { claim: null } as AttemptRow,
  );
  expect(listed.processes.map(({ pid, how }) => [pid, how])).toEqual([
    [900, "kill"],
    [901, "unknown"],
    [902, "kill"],
  ]);
  expect(listed.ended).toEqual({ self: 0, term: 0, kill: 2, unknown: 1 });
});
