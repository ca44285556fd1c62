import { expect, it } from "vitest";
import type { WatchEvent } from "../contract/orphan-watch.ts";
import type { OrphanReceipt } from "../contract/orphan-plan.ts";
import type { Suspect } from "../contract/orphans.ts";
import { accept, refuse } from "../contract/problems.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { watch, type WatchParts } from "./watch.ts";

const suspect = {
  root: 50,
  class: "parent-gone",
  rule: "loky",
  jobId: null,
  confidence: "likely",
  processes: [{ pid: 50, start: 7, command: "worker" }],
} as Suspect;
const receipt = { plan: 3, processes: [{ pid: 50, end: "term" }] } as OrphanReceipt;

/** A watch with a round every 30 s on a fake clock; `turn` lets a round finish. */
function begin(changes: Partial<WatchParts> = {}, dryRun = false) {
  const clock = new FakeClock();
  const events: WatchEvent[] = [];
  const reaped: number[][] = [];
  const end = new AbortController();
  const parts: WatchParts = {
    clock,
    processorMs: () => 0,
    scan: async () =>
      accept({
        atMs: 0,
        windowMs: 0,
        seen: 9,
        suspects: [suspect],
        young: [],
        moved: [],
        unread: [],
      }),
    reap: async (suspects) => {
      reaped.push(suspects.map(({ root }) => root));
      return receipt;
    },
    policy: { reap: new Set(["parent-gone"]), afterMs: 30_000 },
    ...changes,
  };
  const ended = watch(
    parts,
    { intervalMs: 30_000, dryRun, allUsers: false },
    (event) => events.push(event),
    end.signal,
  );
  const turn = async (ms = 0) => {
    clock.advance(ms);
    await new Promise(setImmediate);
  };
  return { clock, events, reaped, end, ended, turn };
}

it("scans immediately, then at every interval, and reaps after the second scan", async () => {
  const { events, reaped, turn } = begin();
  await turn();
  expect(events.map(({ type }) => type)).toEqual(["found", "round"]);
  await turn(29_999);
  expect(events).toHaveLength(2);
  await turn(1);
  expect(events.slice(2).map(({ type }) => type)).toEqual(["reaped", "round"]);
  expect(reaped).toEqual([[50]]);
});

it("reaps nothing in a dry run", async () => {
  const { reaped, turn } = begin({}, true);
  for (let round = 0; round < 5; round += 1) await turn(30_000);
  expect(reaped).toEqual([]);
});

it("ends at once when aborted, and leaves no timer", async () => {
  const { clock, end, ended, turn } = begin();
  await turn();
  end.abort();
  await ended;
  expect(clock.pendingTimers).toBe(0);
});

it("reaps nothing when aborted during the scan", async () => {
  const sample = Promise.withResolvers<void>();
  let rounds = 0;
  const { end, ended, reaped, turn } = begin({
    scan: async () => {
      rounds += 1;
      if (rounds === 2) await sample.promise;
      return accept({
        atMs: 0,
        windowMs: 0,
        seen: 9,
        suspects: [suspect],
        young: [],
        moved: [],
        unread: [],
      });
    },
  });
  await turn();
  await turn(30_000);
  end.abort();
  sample.resolve();
  await ended;
  expect(reaped).toEqual([]);
});

it("continues after a failed round", async () => {
  let rounds = 0;
  const { events, turn } = begin({
    scan: async () => {
      rounds += 1;
      return rounds === 1
        ? refuse("bad_rule", { where: "x.toml", what: "not TOML" })
        : accept({ atMs: 0, windowMs: 0, seen: 9, suspects: [], young: [], moved: [], unread: [] });
    },
  });
  await turn();
  await turn(30_000);
  expect(events.map(({ type }) => type)).toEqual(["round-failed", "round"]);
  expect(events[0]?.message).toContain("x.toml");
});
