import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import { instanceOf } from "../config/instance.ts";
import type { AttemptSearch } from "../containment/attempt-search.ts";
import { withFailpoints } from "../engines/engine-failpoints.ts";
import { Engines, type MachineEngine } from "../engines/engines.ts";
import { LocalEngine } from "../engines/local/local-engine.ts";
import { realClock } from "../system/clock.ts";
import { realIds } from "../system/ids.ts";
import { announce } from "./announce.ts";
import { keeperProgram } from "./programs.ts";

/** The engines that this server has. A further one is opened here. */
export async function openEngines(
  config: Config,
  log: Logger,
  search: AttemptSearch,
): Promise<Engines> {
  const { paths, containment } = config;
  announce.phase("finding out how jobs can be contained");
  const local: MachineEngine = await LocalEngine.open({
    attemptsDir: paths.attemptsDir,
    keeperProgram: keeperProgram(),
    cgroup: containment.cgroup,
    instance: instanceOf(paths),
    rootsFile: paths.rootsFile,
    clock: realClock,
    search,
    ids: realIds,
    onComplaint: (text) => log.warn({ from: "keeper" }, text),
  });
  const engine = process.env["HOLDFAST_FAILPOINTS"] === undefined ? local : withFailpoints(local);
  const { tier, tierWhy } = engine.machine.containment;
  log.info({ tier, why: tierWhy }, "containment");
  return new Engines(realClock, engine);
}
