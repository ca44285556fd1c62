import { beforeEach, describe, expect, it } from "vitest";
import type { Config } from "../../config/config.ts";
import type { Store } from "../../store/store.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import type { RemoveParts } from "../verbs/remove.ts";
import { Retention } from "./retention.ts";

let clock: FakeClock;
/** Ended jobs beyond what is kept, oldest first. */
let old: number[];
let damaged: Set<number>;
let failing: Map<number, Error>;
let logged: string[];

beforeEach(() => {
  clock = new FakeClock();
  old = Array.from({ length: 1000 }, (_, n) => n + 1);
  damaged = new Set();
  failing = new Map();
  logged = [];
});

function retention(): Retention {
  const get = (id: number) => ({ id, state: "failed", damaged: damaged.has(id) ? ["state"] : [] });
  const store = {
    history: { count: () => true, beyond: (_: unknown, limit: number) => old.slice(0, limit) },
    jobs: {
      get,
      remove: (id: number) => {
        const error = failing.get(id);
        if (error !== undefined) throw error;
        old = old.filter((one) => one !== id);
      },
    },
    attempts: { ofJob: () => [] },
    commitFreeing: async <T>(_: string, write: () => T) => write(),
    fillReserve: () => undefined,
  };
  const log = { info() {}, warn() {}, error: (_: unknown, text: string) => logged.push(text) };
  const history = { keep_for: 0, keep_count: 10, keep_bytes: 0 };
  const parts: Partial<RemoveParts> = {
    store: store as unknown as Store,
    config: { history } as Config,
    clock,
    log,
  };
  return new Retention(() => parts as RemoveParts);
}

/** Second by second: a round is at most two turns for each of its jobs. */
async function passes(seconds: number): Promise<void> {
  for (let n = 0; n < seconds; n += 1) {
    clock.advance(1000);
    for (let turn = 0; turn < 3000; turn += 1) await Promise.resolve();
  }
}

describe("retention", () => {
  it("removes what is beyond damaged jobs, however many they are, and keeps them", async () => {
    damaged = new Set(Array.from({ length: 450 }, (_, n) => n + 1));
    const kept = retention();
    kept.open();
    await passes(10);
    expect(old).toEqual([...damaged]);
    kept.close();
  });

  it("does not stop at a job whose removal fails, and tries that again ten minutes later", async () => {
    failing = new Map([[3, new Error("malformed")]]);
    const kept = retention();
    kept.open();
    await passes(10);
    expect([old, logged]).toEqual([[3], ["forgetting an old job"]]);
    failing.clear();
    await passes(600);
    expect(old).toEqual([]);
    kept.close();
  });

  it("waits ten minutes when the disk is full", async () => {
    const full = Object.assign(new Error("full"), { code: "ENOSPC" });
    failing = new Map(old.map((id) => [id, full]));
    const kept = retention();
    kept.open();
    await passes(10);
    expect([old.length, logged]).toEqual([1000, ["forgetting old jobs"]]);
    kept.close();
  });
});
