import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LocalEngine } from "../../src/engines/local/local-engine.ts";
import { describeEngine } from "../../src/engines/testing/conformance.ts";
import { describeMachine } from "../../src/engines/testing/machine-conformance.ts";
import { Launcher } from "../../src/engines/testing/stage.ts";
import { bootId } from "../../src/processes/boot.ts";
import { readStat } from "../../src/processes/proc-stat.ts";
import { ownSearch } from "../../src/containment/attempt-search.ts";
import type { AttemptRow } from "../../src/store/rows.ts";
import { realClock } from "../../src/system/clock.ts";
import { eventually } from "../../src/system/eventually.ts";
import { realIds } from "../../src/system/ids.ts";
import { tiersHere, tierSettings } from "../containment/expected.ts";
import { killLive, liveProcess, until } from "../containment/live-process.ts";
import { buildFolder } from "../containment/private-server.ts";

for (const tier of tiersHere) {
  const what = `this machine, tier ${tier}`;
  describeEngine(what, { waits: false }, () => openStage(tier));
  describeMachine(what, () => openStage(tier));

  it(`lists the processes of a running attempt with what ties them to it, tier ${tier}`, async () => {
    const stage = await openStage(tier);
    try {
      const { attempt, heard } = await new Launcher(stage).running();
      const claim = await stage.engine.readClaim(attempt);
      // From its exec on its environment has the cookie.
      await eventually(async () => (await stage.starts(attempt)) === 1);
      const listed = await stage.engine.machine.processes.list({ ...attempt, claim });
      expect(listed.map(({ pid }) => pid)).toEqual([claim?.payload.pid]);
      expect(listed[0]?.ties).toEqual(expect.arrayContaining(["payload", "session", "cookie"]));
      await stage.endMain(attempt, 0);
      await heard.closed;
    } finally {
      await stage.clear();
    }
  });
}

async function openStage(tier: (typeof tiersHere)[number]) {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-engine-"));
  const attemptsDir = join(folder, "attempts");
  mkdirSync(attemptsDir);
  const complaints: string[] = [];
  const engine = await LocalEngine.open({
    attemptsDir,
    keeperProgram: join(buildFolder, "keeper/holdfast-keeper"),
    cgroup: tierSettings[tier],
    instance: `test-${process.pid}`,
    rootsFile: join(folder, "cgroups.json"),
    clock: realClock,
    search: ownSearch(realClock),
    ids: realIds,
    onComplaint: (text) => complaints.push(text),
  });
  const known = new Map<string, AttemptRow>();
  const fifoOf = ({ id }: AttemptRow) => join(folder, `${id}.end`);
  const startsOf = ({ id }: AttemptRow) => join(folder, `${id}.starts`);
  return {
    engine,
    bootId: bootId(),
    waits: null,
    command(attempt: AttemptRow) {
      if (!known.has(attempt.id)) execFileSync("mkfifo", [fifoOf(attempt)]);
      known.set(attempt.id, attempt);
      const script = 'echo >> "$2"; read code < "$1"; exit "$code"';
      return ["sh", "-c", script, "main", fifoOf(attempt), startsOf(attempt)];
    },
    endMain: (attempt: AttemptRow, code: number) => writeFile(fifoOf(attempt), `${code}\n`),
    endAsAsked: async () => undefined,
    async starts(attempt: AttemptRow) {
      const path = startsOf(attempt);
      return existsSync(path) ? readFileSync(path, "utf8").length : 0;
    },
    async killKeeper(attempt: AttemptRow) {
      const claim = await engine.readClaim(attempt);
      await killLive(liveProcess(claim?.keeper.pid ?? 0));
    },
    async clear() {
      for (const attempt of known.values()) {
        const claim = await engine.readClaim(attempt);
        if (claim === null) continue;
        const { pid, start } = claim.keeper;
        await engine.stop({ ...attempt, claim });
        await until(() => readStat(pid)?.start !== start);
      }
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
