import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ownSearch } from "../../containment/attempt-search.ts";
import type { KeeperClaim } from "../../contract/keeper.ts";
import { bootId } from "../../processes/boot.ts";
import { ownPidNamespace } from "../../processes/pid-namespace.ts";
import { readStat } from "../../processes/proc-stat.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import { realIds } from "../../system/ids.ts";
import { LocalEngine } from "./local-engine.ts";

/** Waits as a spawner, and fails without an answer when it is to check or to identify a process. */
const silentKeeper = `#!/bin/sh
case "$1" in spawner) exec cat >/dev/null ;; *) exit 1 ;; esac
`;

const start = readStat(process.pid)?.start ?? 0;
let folder: string;
let engine: LocalEngine;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-local-engine-"));
  mkdirSync(join(folder, "attempts"));
  const keeperProgram = join(folder, "keeper");
  writeFileSync(keeperProgram, silentKeeper);
  chmodSync(keeperProgram, 0o755);
  engine = await LocalEngine.open({
    attemptsDir: join(folder, "attempts"),
    keeperProgram,
    cgroup: "off",
    instance: "test",
    rootsFile: join(folder, "cgroups.json"),
    clock: new FakeClock(),
    search: ownSearch(new FakeClock()),
    ids: realIds,
    onComplaint: () => undefined,
  });
});

afterEach(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

function claimedBy(keeper: { start: number }): AttemptRow {
  return {
    engine: "local",
    id: "1b4e28ba-2fa1-4d3b-883f-0016d3cca427",
    bootId: bootId(),
    namespace: ownPidNamespace(),
    sealHash: null,
    distrusted: false,
    claim: { keeper: { pid: process.pid, inode: 0, ...keeper } } as KeeperClaim,
  } as AttemptRow;
}

it("does not take a keeper for dead because the check of its identity fails", async () => {
  for (const [claimed, keeperAlive] of [
    [claimedBy({ start }), true],
    [claimedBy({ start: start + 1 }), false],
  ] as const)
    expect((await engine.observe([claimed])).get(claimed.id)).toMatchObject({ keeperAlive });
});

it("does not take a process for gone because it could not be identified", async () => {
  await expect(engine.machine.processes.identify(process.pid)).rejects.toThrow("identify");
});
