import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { exitRecord, type ExitRecord } from "../../contract/keeper.ts";
import type { AppliedLimit } from "../../job/limits.ts";
import { outOfMemoryMessage, ranOutOfMemory, victimsOf } from "./out-of-memory.ts";

const example = exitRecord.parse(
  JSON.parse(
    readFileSync(new URL("../../../native/keeper/examples/exit.json", import.meta.url), "utf8"),
  ),
);

const MiB = 2 ** 20;
const byVersion1: AppliedLimit[] = [
  { what: "memory", wanted: 64 * MiB, how: "v1 memory.limit_in_bytes", why: null },
];
const byVersion2: AppliedLimit[] = [
  { what: "memory", wanted: 64 * MiB, how: "memory.max", why: null },
];

interface Ended {
  pid: number;
  code?: number | null;
  signal?: number | null;
  how?: "self" | "term" | "kill";
}

function seen({ pid, code, signal, how }: Ended): ExitRecord["processes"][number] {
  return {
    pid,
    start: 1,
    comm: "python3",
    how: how ?? "self",
    code: code ?? null,
    signal: signal ?? null,
    at_ms: 1,
  };
}

/** The main process has pid 812. */
function ended(
  change: { code?: number; signal?: number; kills: number; reason?: string; logged?: number[] },
  others: Ended[] = [],
): ExitRecord {
  const main = { pid: 812, code: change.code ?? null, signal: change.signal ?? null };
  return {
    ...example,
    reason: change.reason ?? "exited",
    main: { ...main, core: false },
    oom_kills: change.kills,
    oom_victims: (change.logged ?? []).map((pid) => ({ pid, comm: "python3" })),
    memory_peak_bytes: 64 * MiB,
    processes: [main, ...others].map(seen),
  };
}

describe("a main process that was killed", () => {
  it("by the kernel for memory ran out of it, as the kernel's log says", () => {
    const exit = ended({ signal: 9, kills: 1, logged: [812] });
    expect(ranOutOfMemory(exit, byVersion1)).toBe(true);
    expect(outOfMemoryMessage(exit, byVersion1)).toBe(
      "the kernel killed python3 (pid 812) for memory: limit 64MiB, peak 64MiB",
    );
  });

  it("is not named as the kernel's victim if the log may not be read; the count is, and its signal", () => {
    const exit = ended({ signal: 9, kills: 1 });
    expect(victimsOf(exit)).toEqual([]);
    expect(outOfMemoryMessage(exit, byVersion1)).toBe(
      "the kernel counted 1 kill for memory in the job's cgroup: limit 64MiB, peak 64MiB; the kernel's log does not show which process; ended by a SIGKILL that Holdfast did not send: python3 (pid 812)",
    );
  });

  it("by its own signal, after the kernel had killed a child that its parent reaped, is not named either", () => {
    const exit = ended({ signal: 9, kills: 1 }, [{ pid: 900 }]);
    expect(victimsOf(exit)).toEqual([]);
    expect(outOfMemoryMessage(exit, byVersion1)).not.toContain("the kernel killed");
  });

  it("by another process, with no kill by the kernel, did not", () => {
    const exit = ended({ signal: 9, kills: 0 });
    expect(ranOutOfMemory(exit, byVersion1)).toBe(false);
    expect(outOfMemoryMessage(exit, byVersion1)).toBeNull();
  });

  it("by another process after the kernel had killed a child did not", () => {
    const exit = ended({ signal: 9, kills: 1, logged: [900] }, [{ pid: 900, signal: 9 }]);
    expect(victimsOf(exit)).toEqual([{ pid: 900, command: "python3" }]);
    expect(ranOutOfMemory(exit, byVersion1)).toBe(false);
  });

  it("failed for memory if the log does not account for every kill of the kernel", () => {
    for (const logged of [[], [900]]) {
      const exit = ended({ signal: 9, kills: 2, logged }, [{ pid: 900, signal: 9 }]);
      expect(ranOutOfMemory(exit, byVersion1)).toBe(true);
    }
  });

  it("by the keeper is not among those that may have been the kernel's", () => {
    const exit = ended({ code: 1, kills: 1 }, [
      { pid: 900, signal: 9, how: "kill" },
      { pid: 901, signal: 9 },
    ]);
    expect(outOfMemoryMessage(exit, byVersion1)).toMatch(/did not send: python3 \(pid 901\)$/);
    const none = ended({ code: 1, kills: 1 }, [{ pid: 900, signal: 9, how: "kill" }]);
    expect(outOfMemoryMessage(none, byVersion1)).toMatch(/does not show which process$/);
  });

  it("went with its group where memory.max ends all of it and logs one", () => {
    const exit = ended({ signal: 9, kills: 2, logged: [900] }, [{ pid: 900, signal: 9 }]);
    expect(ranOutOfMemory(exit, byVersion2)).toBe(true);
    expect(outOfMemoryMessage(exit, byVersion2)).toContain("killed python3 (pid 900) for memory");
  });
});

describe("a main process whose child the kernel killed", () => {
  it("ran out of memory when it failed of it", () => {
    expect(ranOutOfMemory(ended({ code: 137, kills: 1, logged: [900] }), byVersion1)).toBe(true);
  });

  it("succeeded all the same when it continued and exited with 0; the message names the child", () => {
    const exit = ended({ code: 0, kills: 1, logged: [900] });
    expect(ranOutOfMemory(exit, byVersion1)).toBe(false);
    expect(outOfMemoryMessage(exit, byVersion1)).toContain("killed python3 (pid 900)");
  });
});

it("names three of many", () => {
  const exit = ended({ signal: 9, kills: 6, logged: [901, 902, 903, 904, 812] });
  expect(outOfMemoryMessage(exit, byVersion2)).toContain("python3 (pid 903) and 2 more for memory");
});

it("the first reason to stop stays", () => {
  expect(ranOutOfMemory(ended({ signal: 9, kills: 1, reason: "cancel" }), byVersion1)).toBe(false);
});

it("without a limit of its own it was the machine that was short of memory", () => {
  expect(outOfMemoryMessage(ended({ signal: 9, kills: 1, logged: [812] }), [])).toContain(
    "the machine, or a group above the job's, was short of it",
  );
});
