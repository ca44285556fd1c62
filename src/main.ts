import packageFile from "../package.json" with { type: "json" };
import { announce } from "./compose/announce.ts";
import { CommandHost } from "./compose/command-host.ts";
import { endOnSignal } from "./compose/end-on-signal.ts";
import { findGpus } from "./compose/find-gpus.ts";
import { requireMayStart } from "./compose/may-start.ts";
import { openEngines } from "./compose/open-engines.ts";
import { openLog } from "./compose/open-log.ts";
import { openReads } from "./compose/open-reads.ts";
import { openStore } from "./compose/open-store.ts";
import { startFailed } from "./compose/start-failed.ts";
import { startWatches } from "./compose/start-watches.ts";
import { recordAddress, takeServerFolders } from "./compose/take-state-folder.ts";
import { watchPlaces } from "./compose/watch-places.ts";
import { loadConfig } from "./config/config.ts";
import { keeperProtocol } from "./contract/keeper.ts";
import { openInspection } from "./inspection/open.ts";
import { bootId } from "./processes/boot.ts";
import { ownPidNamespace } from "./processes/pid-namespace.ts";
import { listen } from "./server/listen.ts";
import { ownSources } from "./supervisor/views/doctor-sources.ts";
import { jobsOf } from "./supervisor/views/orphan-jobs.ts";
import { supervise } from "./supervisor/supervise.ts";
import { builtProgram } from "./system/built-program.ts";
import { realClock } from "./system/clock.ts";
import { FileInPlace } from "./system/file-in-place.ts";
import { realIds } from "./system/ids.ts";
import { keepProcessAlive } from "./system/keep-alive.ts";

/**
 * The server: takes the state folder, puts the real parts together, and listens. `announce` has what
 * it reports while it starts. It ends on SIGTERM, SIGINT or SIGHUP; jobs continue.
 */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const { paths } = config;
  requireMayStart(config);
  const lock = await takeServerFolders(config);
  const log = openLog(config);
  const { store, contradictions } = await openStore(paths, log);
  const database = new FileInPlace(paths.database);
  const gpus = await findGpus(config, log);
  const inspection = openInspection({
    config,
    clock: realClock,
    jobs: jobsOf(store),
    gpu: gpus.probe,
    sources: () => ownSources({ supervisor, orphans, gpu: gpus.probe, clock: realClock }),
    log,
  });
  const { orphans, doctor } = inspection;
  const reads = openReads({ paths, store, database, clock: realClock, log });
  const supervisor = supervise({
    store,
    reads,
    engines: await openEngines(config, log, inspection.search),
    clock: realClock,
    ids: realIds,
    config,
    bootId: bootId(),
    namespace: ownPidNamespace(),
    database,
    findAbandoned: async () =>
      (await inspection.abandoned()).filter(({ attempt }) => store.attempts.get(attempt) === null),
    gpuUuids: gpus.uuids,
    gpuProbe: gpus.probe,
    log,
    version: packageFile.version,
    warnings: contradictions,
  });
  gpus.whenFound(() => supervisor.gpusFound());
  const watches = startWatches(config, inspection, log);
  const commandHost = new CommandHost(builtProgram("commands"), paths, realClock, log);
  const listening = await listen(
    {
      supervisor,
      orphans,
      doctor,
      ...watches,
      clock: realClock,
      ids: realIds,
      log,
      version: packageFile.version,
      keeperProtocol,
      stateDir: paths.stateDir,
      isCommandHost: (pid) => commandHost.isHost(pid),
    },
    { socket: paths.socket },
  );
  await recordAddress(paths, log);
  await commandHost.open();
  const end = endOnSignal(async (why) => {
    log.info({ why }, "ending; jobs continue");
    watches.standingWatch?.close();
    watches.standingDoctor.close();
    supervisor.close();
    commandHost.close();
    await listening.close();
    const haveEnded = await inspection.close();
    await reads.close();
    store.close();
    lock.release();
    return haveEnded;
  });
  watchPlaces({ paths, database, listening, commandHost, log, end: (why) => void end(why) });
  log.info({ pid: process.pid, socket: paths.socket, version: packageFile.version }, "listening");
  announce.ready(paths.socket);
  await announce.readyToSystemd((err) => log.warn({ err }, "reporting to systemd"));
  await supervisor.recover();
}

// New files must not be accessible to others.
process.umask(0o077);
// Before it listens it may wait only for an answer of systemd: no child and no timer of its own keeps it alive.
const mayEnd = keepProcessAlive();
main().then(mayEnd, startFailed);
