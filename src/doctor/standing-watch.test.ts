import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { accept, refuse } from "../contract/problems.ts";
import type { DoctorAlert } from "../contract/doctor.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { sendAlert } from "./alert-command.ts";
import { StandingDoctor } from "./standing-watch.ts";
import { FakeExamination } from "./testing/fake-examination.ts";

class MemoryLog {
  readonly lines: { level: string; message: string; fields: object }[] = [];
  info = (fields: object, message: string) =>
    void this.lines.push({ level: "info", message, fields });
  warn = (fields: object, message: string) =>
    void this.lines.push({ level: "warn", message, fields });
}

const ill = async () => {
  const exam = new FakeExamination();
  exam.store = { kind: "damaged", what: "a page" };
  return exam.examine();
};

async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10_000) {
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    clock.advance(10_000);
  }
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

const options = (clock: FakeClock, log: MemoryLog) => ({
  clock,
  log,
  intervalMs: 60_000,
  hysteresis: { raiseAfter: 2, clearAfter: 2 },
  alertCommand: [],
});

describe("a server that examines periodically", () => {
  it("logs each alert once and shows current and past alerts", async () => {
    const [clock, log] = [new FakeClock(), new MemoryLog()];
    const [bad, good] = [await ill(), await new FakeExamination().examine()];
    const story = [bad, bad, bad];
    const examine = async () => accept(story.shift() ?? good);
    const standing = new StandingDoctor({ ...options(clock, log), doctor: { examine } });
    await pass(clock, 130_000);
    expect(standing.alerts).toMatchObject({
      intervalMs: 60_000,
      active: [{ event: "raised", verdict: { verdict: "store-damaged" } }],
    });
    await pass(clock, 130_000);
    expect(standing.alerts).toMatchObject({
      active: [],
      recent: [{ event: "cleared" }, { event: "raised" }],
    });
    expect(log.lines.map(({ level, fields }) => [level, fields])).toMatchObject([
      ["warn", { doctor: "raised", verdict: "store-damaged", severity: "critical" }],
      ["info", { doctor: "cleared", verdict: "store-damaged" }],
    ]);
    standing.close();
  });

  it("counts failures and continues", async () => {
    const [clock, log] = [new FakeClock(), new MemoryLog()];
    const examine = async () => refuse("internal", { reference: "x" });
    const standing = new StandingDoctor({ ...options(clock, log), doctor: { examine } });
    await pass(clock, 70_000);
    expect(standing.failures).toBe(2);
    standing.close();
  });

  it("does nothing if disabled in the configuration", async () => {
    const [clock, log] = [new FakeClock(), new MemoryLog()];
    const examine = () => Promise.reject(new Error("it was asked"));
    const off = { ...options(clock, log), intervalMs: 0 };
    const standing = new StandingDoctor({ ...off, doctor: { examine } });
    await pass(clock, 70_000);
    expect(standing.alerts).toEqual({ intervalMs: null, lastAtMs: null, active: [], recent: [] });
    expect(clock.pendingTimers).toBe(0);
    standing.close();
  });
});

describe("the command for alerts", () => {
  it("receives the alert on standard input, and its failure is logged", async () => {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-alert-"));
    const program = join(folder, "alert");
    const out = join(folder, "out");
    writeFileSync(program, '#!/bin/sh\ncat > "$1"\n');
    chmodSync(program, 0o700);
    const [verdict] = (await ill()).verdicts;
    const alert = { event: "raised", atMs: 1, sinceMs: 1, verdict } as DoctorAlert;
    try {
      expect(await sendAlert([program, out], alert)).toBeNull();
      expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(alert);
      expect(await sendAlert(["sh", "-c", "echo no >&2; exit 3"], alert)).toBe(
        "sh exited with 3: no",
      );
      expect(await sendAlert(["/nowhere/alert"], alert)).toBe("/nowhere/alert: ENOENT");
      expect(await sendAlert([], alert)).toBeNull();
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(existsSync(folder)).toBe(false);
  });
});
