import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../system/fake-clock.ts";
import type { ProbeChild } from "./child.ts";
import { ProbeGuard } from "./guard.ts";

const settings = { answerMs: 1000, firstAnswerMs: 4000, idleMs: 60_000 };
const nvml = { ask: "nvml", library: null } as const;
const holders = { ask: "holders", pids: [] } as const;

/** A process that answers, stays silent, ends, or survives SIGKILL, as a test requires. */
class FakeChild implements ProbeChild {
  readonly pid: number;
  readonly asked: string[] = [];
  killed = false;
  finished = false;
  #hear: (line: string) => void = () => undefined;
  readonly #gone: ((how: string) => void)[] = [];

  constructor(pid: number) {
    this.pid = pid;
  }
  say(line: string): void {
    this.asked.push(line);
  }
  onLine(heard: (line: string) => void): void {
    this.#hear = heard;
  }
  onGone(heard: (how: string) => void): void {
    this.#gone.push(heard);
  }
  kill(): void {
    this.killed = true;
  }
  finish(): void {
    this.finished = true;
  }
  answer(answer: unknown): void {
    const { id } = JSON.parse(this.asked.at(-1) ?? "{}") as { id: number };
    this.#hear("text that a library writes to standard output");
    this.#hear(JSON.stringify({ id, answer }));
  }
  go(how: string): void {
    for (const heard of this.#gone) heard(how);
  }
}

let clock: FakeClock;
let children: FakeChild[];
let guard: ProbeGuard;

beforeEach(() => {
  clock = new FakeClock();
  children = [];
  guard = new ProbeGuard(
    () => {
      const child = new FakeChild(100 + children.length);
      children.push(child);
      return child;
    },
    clock,
    settings,
  );
});

/** Resolves when the query has reached the process. */
async function reached(): Promise<FakeChild> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  const child = children.at(-1);
  if (child === undefined) throw new Error("no process was started");
  return child;
}

async function answered(question: typeof nvml | typeof holders) {
  const asked = guard.ask(question);
  (await reached()).answer({ heard: true });
  return asked;
}

/** A query without an answer; the process does or does not end after SIGKILL. */
async function hangs(question: typeof nvml | typeof holders, heeds = true) {
  const asked = guard.ask(question);
  const child = await reached();
  clock.advance(settings.firstAnswerMs);
  expect(child.killed).toBe(true);
  if (heeds) child.go("SIGKILL");
  else clock.advance(2000);
  return asked;
}

describe("the guard of the probe", () => {
  it("starts nothing before the first query, and one process for many queries", async () => {
    expect(children).toEqual([]);
    expect(await answered(nvml)).toEqual({ kind: "answered", answer: { heard: true } });
    await answered(nvml);
    expect(children).toHaveLength(1);
  });

  it("ends a process without queries", async () => {
    await answered(nvml);
    clock.advance(settings.idleMs);
    expect(children[0]).toMatchObject({ finished: true, killed: false });
    await answered(nvml);
    expect(children).toHaveLength(2);
  });

  it("allows more time for the first answer", async () => {
    const first = guard.ask<"nvml">(nvml);
    const child = await reached();
    clock.advance(settings.firstAnswerMs - 1);
    child.answer(1);
    await first;
    const second = guard.ask<"nvml">(nvml);
    await reached();
    clock.advance(settings.answerMs);
    child.go("SIGKILL");
    expect(await second).toMatchObject({ kind: "hung" });
  });

  it("reports a process that ended during a query, and how", async () => {
    const asked = guard.ask<"nvml">(nvml);
    (await reached()).go("SIGSEGV");
    expect(await asked).toMatchObject({
      kind: "crashed",
      reason: expect.stringContaining("SIGSEGV"),
    });
    expect(guard.failures).toBe(1);
  });

  it("waits after a failure, twice as long after each, and not after an answer", async () => {
    for (const restMs of [1000, 2000, 4000]) {
      expect(await hangs(nvml)).toMatchObject({ kind: "hung" });
      const started = children.length;
      expect(await guard.ask<"nvml">(nvml)).toMatchObject({ kind: "resting", last: "hung" });
      clock.advance(restMs - 1);
      expect(await guard.ask<"nvml">(nvml)).toMatchObject({ kind: "resting" });
      expect(children).toHaveLength(started);
      clock.advance(1);
    }
    expect(await answered(nvml)).toMatchObject({ kind: "answered" });
    expect(await hangs(nvml)).toMatchObject({ kind: "hung" });
    clock.advance(1000);
    expect(await answered(nvml)).toMatchObject({ kind: "answered" });
  });

  it("waits ten minutes at most", async () => {
    for (let failure = 0; failure < 12; failure += 1) {
      await hangs(nvml);
      clock.advance(10 * 60_000);
    }
    expect(await answered(nvml)).toMatchObject({ kind: "answered" });
  });

  it("names a process that cannot be killed, and starts no other for the same query until it is gone", async () => {
    const hung = await hangs(nvml, false);
    expect(hung).toMatchObject({
      kind: "hung",
      reason: expect.stringContaining("cannot be killed"),
    });
    expect(guard.stuckPids).toEqual([100]);
    clock.advance(3_600_000);
    expect(await guard.ask<"nvml">(nvml)).toMatchObject({ kind: "resting", last: "hung" });
    expect(children).toHaveLength(1);
    children[0]?.go("SIGKILL");
    expect(guard.stuckPids).toEqual([]);
    expect(await answered(nvml)).toMatchObject({ kind: "answered" });
  });

  it("finds the holders of GPUs while the driver hangs", async () => {
    await hangs(nvml, false);
    expect(await answered(holders)).toMatchObject({ kind: "answered" });
    expect(await guard.ask<"nvml">(nvml)).toMatchObject({ kind: "resting" });
  });

  it("runs one query at a time", async () => {
    const first = guard.ask<"nvml">(nvml);
    const second = guard.ask<"holders">(holders);
    const child = await reached();
    expect(child.asked).toHaveLength(1);
    child.answer(1);
    await first;
    (await reached()).answer(2);
    expect(await second).toEqual({ kind: "answered", answer: 2 });
    expect(child.asked).toHaveLength(2);
  });

  it("kills its process when it is closed", async () => {
    await answered(nvml);
    guard.close();
    expect(children[0]?.killed).toBe(true);
  });
});
