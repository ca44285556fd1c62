import { describe, expect, it } from "vitest";
import type { DoctorAlert, DoctorReport } from "../contract/doctor.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { FakeExamination } from "./testing/fake-examination.ts";
import { watchMachine } from "./watch.ts";

const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};

/** A watch with one examination a minute, each of which takes `tookMs`. */
async function watched(examine: () => DoctorReport, tookMs = 0) {
  const clock = new FakeClock();
  const end = new AbortController();
  const reported: { atMs: number; changes: DoctorAlert[] }[] = [];
  const failures: unknown[] = [];
  const watching = watchMachine({
    clock,
    intervalMs: 60_000,
    hysteresis: { raiseAfter: 2, clearAfter: 2 },
    signal: end.signal,
    async examine() {
      await new Promise<void>((resolve) => clock.after(tookMs, resolve));
      return examine();
    },
    onReport: (_report, changes) => reported.push({ atMs: clock.monotonicMs(), changes }),
    onFailure: (error) => failures.push(error),
  });
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1000) {
      await settle();
      clock.advance(1000);
    }
    await settle();
  };
  return { reported, failures, pass, end, watching };
}

const ill = async () => {
  const exam = new FakeExamination();
  exam.server = { kind: "down", message: "no process listens" };
  return exam.examine();
};

describe("a watch", () => {
  it("starts an examination at every interval and ends when aborted", async () => {
    const report = await new FakeExamination().examine();
    const { reported, pass, end, watching } = await watched(() => report, 20_000);
    await pass(200_000);
    expect(reported.map(({ atMs }) => atMs)).toEqual([20_000, 80_000, 140_000, 200_000]);
    end.abort();
    await pass(20_000);
    await watching;
  });

  it("raises and clears with hysteresis", async () => {
    const [bad, good] = [await ill(), await new FakeExamination().examine()];
    const story = [bad, bad, good, bad, good, good];
    const { reported, pass, end, watching } = await watched(() => story.shift() ?? good);
    await pass(400_000);
    expect(reported.map(({ changes }) => changes.map(({ event }) => event)).slice(0, 6)).toEqual([
      [],
      ["raised"],
      [],
      [],
      [],
      ["cleared"],
    ]);
    end.abort();
    await watching;
  });

  it("continues after a failed examination", async () => {
    const good = await new FakeExamination().examine();
    let times = 0;
    const { reported, failures, pass, end, watching } = await watched(() => {
      times += 1;
      if (times === 1) throw new Error("once");
      return good;
    });
    await pass(70_000);
    expect([failures.length, reported.length]).toEqual([1, 1]);
    end.abort();
    await watching;
  });

  it("ignores a window that was ended early", async () => {
    const report = { ...(await ill()), endedEarly: true };
    const { reported, pass, end, watching } = await watched(() => report);
    await pass(130_000);
    expect(reported).toEqual([]);
    end.abort();
    await watching;
  });
});
