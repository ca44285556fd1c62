import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeEngine } from "../../src/engines/conformance.ts";
import { LocalEngine } from "../../src/engines/local.ts";
import { bootId } from "../../src/processes/boot.ts";
import { readStat } from "../../src/processes/proc-stat.ts";
import type { AttemptRow } from "../../src/store/rows.ts";
import { realClock } from "../../src/system/clock.ts";
import { realIds } from "../../src/system/ids.ts";
import { tiersHere, tierSettings } from "../containment/expected.ts";
import { killLive, liveProcess, until } from "../containment/live-process.ts";
import { buildFolder } from "../containment/private-server.ts";

for (const tier of tiersHere)
  describeEngine(`this machine, tier ${tier}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-engine-"));
    const attemptsDir = join(folder, "attempts");
    mkdirSync(attemptsDir);
    const complaints: string[] = [];
    const engine = await LocalEngine.open({
      attemptsDir,
      keeperProgram: join(buildFolder, "keeper/holdfast-keeper"),
      cgroup: tierSettings[tier],
      instance: `test-${process.pid}`,
      clock: realClock,
      ids: realIds,
      onComplaint: (text) => complaints.push(text),
    });
    const launched: AttemptRow[] = [];
    const fifoOf = ({ id }: AttemptRow) => join(folder, `${id}.end`);
    return {
      engine,
      bootId: bootId(),
      command(attempt) {
        if (!launched.includes(attempt)) {
          launched.push(attempt);
          execFileSync("mkfifo", [fifoOf(attempt)]);
        }
        return ["sh", "-c", 'read code < "$1"; exit "$code"', "main", fifoOf(attempt)];
      },
      endMain: (attempt, code) => writeFile(fifoOf(attempt), `${code}\n`),
      endAsAsked: async () => undefined,
      async killKeeper(attempt) {
        const claim = await engine.readClaim(attempt);
        await killLive(liveProcess(claim?.keeper.pid ?? 0));
      },
      async clear() {
        for (const attempt of launched) {
          const claim = await engine.readClaim(attempt);
          if (claim === null) continue;
          const { pid, start } = claim.keeper;
          await engine.rouse({ ...attempt, claim }, "stop");
          await until(() => readStat(pid)?.start !== start);
        }
        engine.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  });
