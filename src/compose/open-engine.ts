import { createHash } from "node:crypto";
import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import type { Paths } from "../config/paths.ts";
import type { Engine } from "../engines/engine.ts";
import { withFailpoints } from "../engines/engine-failpoints.ts";
import { LocalEngine } from "../engines/local.ts";
import { realClock } from "../system/clock.ts";
import { realIds } from "../system/ids.ts";
import { announce } from "./announce.ts";
import { keeperProgram } from "./programs.ts";

export async function openEngine(config: Config, log: Logger): Promise<Engine> {
  const { paths, containment } = config;
  announce.phase("finding out how jobs can be contained");
  const local = await LocalEngine.open({
    attemptsDir: paths.attemptsDir,
    keeperProgram: keeperProgram(),
    cgroup: containment.cgroup,
    instance: instanceOf(paths),
    clock: realClock,
    ids: realIds,
    onComplaint: (text) => log.warn({ from: "keeper" }, text),
  });
  const engine = process.env["HOLDFAST_FAILPOINTS"] === undefined ? local : withFailpoints(local);
  log.info({ tier: engine.tier, why: engine.tierWhy }, "containment");
  return engine;
}

/** Distinguishes this state folder's cgroups from those of another on the same machine. */
function instanceOf({ stateDir }: Paths): string {
  return createHash("sha256").update(stateDir).digest("hex").slice(0, 12);
}
