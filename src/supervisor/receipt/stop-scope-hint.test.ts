import { describe, expect, it } from "vitest";
import { stopScopeHint } from "./stop-scope-hint.ts";

type Exit = Parameters<typeof stopScopeHint>[1];
type Process = Exit["processes"][number];

const worker = (pid: number, changes: Partial<Process> = {}): Process => ({
  pid,
  start: 1,
  comm: "python3",
  how: "term",
  code: null,
  signal: 15,
  at_ms: 2000,
  ...changes,
});
const main = { pid: 1, code: 1, signal: null, core: false };

function hint(
  stopScope: "all" | "main-first" | "main",
  processes: Process[],
  changes: Partial<Exit["main"]> = {},
  times: Partial<Exit["times"]> = {},
): string | null {
  const exit = {
    main: { ...main, ...changes },
    processes: [worker(1, { how: "term", code: 1, signal: null, at_ms: 3000 }), ...processes],
    grace_ms: 4000,
    times: { claimed_ms: 0, term_ms: 1000, main_ended_ms: 3000, ...times } as Exit["times"],
  };
  return stopScopeHint({ stopScope, stopSignal: "TERM" }, exit);
}

describe("where workers ended by the first signal before a main process that then failed", () => {
  it("points to the setting", () => {
    expect(hint("all", [worker(2), worker(3)])).toBe(
      "2 processes ended after SIGTERM and before the main process, which then failed; if it needs them to save, use --stop-scope main-first, or jobs.stop_scope in the configuration",
    );
  });

  it("points to the grace where the main process was first", () => {
    const late = worker(2, { at_ms: 3000 });
    expect(hint("main-first", [late])).toContain("1 process ended after SIGTERM");
    expect(hint("main-first", [late])).toContain("use a longer --grace");
  });

  it("also where the main process reaped them itself, so that their status is not known", () => {
    expect(hint("all", [worker(2, { signal: null })])).toContain("1 process ended after SIGTERM");
  });

  it("also where the main process hung until SIGKILL", () => {
    expect(hint("all", [worker(2)], { code: null, signal: 9 })).toContain(
      "--stop-scope main-first",
    );
  });
});

it("points to the others where they got SIGKILL alone", () => {
  expect(hint("main", [worker(2, { how: "kill", signal: 9 })])).toContain(
    "1 process got no signal before SIGKILL",
  );
});

describe("says nothing", () => {
  it.each([
    ["where the main process succeeded", "all", [worker(2)], { code: 0 }, {}],
    [
      "where the signal itself ended the main process",
      "all",
      [worker(2)],
      { code: null, signal: 15 },
      {},
    ],
    ["where the workers ended after it", "all", [worker(2, { at_ms: 3001 })], {}, {}],
    ["where the others had got no signal yet", "main-first", [worker(2)], {}, { term_ms: 1001 }],
    ["where they ended before the others got a signal", "main-first", [worker(2)], {}, {}],
    ["where they were started after the signal", "all", [worker(2, { start: 250 })], {}, {}],
    ["where it is not known when they ended", "all", [worker(2, { at_ms: null })], {}, {}],
    ["where they ended without a signal", "all", [worker(2, { how: "self" })], {}, {}],
    [
      "where they left with a code of their own",
      "all",
      [worker(2, { code: 0, signal: null })],
      {},
      {},
    ],
    ["where there was no first signal", "all", [worker(2)], {}, { term_ms: null }],
    ["where the main process had ended before", "all", [worker(2)], {}, { main_ended_ms: 900 }],
    ["where all heeded it", "main", [worker(2)], {}, {}],
  ] as const)("%s", (_, scope, processes, changes, times) => {
    expect(hint(scope, [...processes], changes, times)).toBeNull();
  });
});
