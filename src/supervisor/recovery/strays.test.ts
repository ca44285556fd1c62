import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { JobProcess } from "../../contract/job-process.ts";
import { FakeEngine } from "../../engines/testing/fake-engine.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import { superviseFile } from "../testing/supervised-file.ts";

it("leaves an unknown attempt alone whose claim is missing while processes of it were found", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-strays-"));
  const name = "00005000-2fa1-4d3b-883f-0016d3cca427";
  mkdirSync(join(folder, name));
  const engine = new FakeEngine();
  const observe = engine.observe.bind(engine);
  engine.observe = async (rows: readonly AttemptRow[]) => {
    const seen = await observe(rows);
    return new Map(
      [...seen].map(([id, one]) => [
        id,
        one instanceof Error ? one : { ...one, claimedBefore: true },
      ]),
    );
  };
  engine.machine.processes.list = async () => [{ pid: 812 } as JobProcess];
  const { store, supervisor } = superviseFile({ folder, engine, clock: new FakeClock() });
  try {
    await supervisor.recover();
    expect(existsSync(join(folder, name))).toBe(true);
    expect(engine.attempts.has(name)).toBe(false);
    expect(engine.discarded).toEqual([]);
  } finally {
    supervisor.close();
    store.close();
    rmSync(folder, { recursive: true });
  }
});
