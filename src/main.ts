import packageFile from "../package.json" with { type: "json" };
import { announce } from "./compose/announce.ts";
import { CommandHost } from "./compose/command-host.ts";
import { dropJobVariables } from "./compose/drop-job-variables.ts";
import { endOnSignal } from "./compose/end-on-signal.ts";
import { gpuProbeFrom } from "./compose/gpu-probe.ts";
import { listenAgain } from "./compose/listen-again.ts";
import { requireOwnProc } from "./compose/programs.ts";
import { openEngines } from "./compose/open-engines.ts";
import { openLog } from "./compose/open-log.ts";
import { openReads } from "./compose/open-reads.ts";
import { openStore } from "./compose/open-store.ts";
import { recordAddress, takeServerFolders } from "./compose/take-state-folder.ts";
import { watchFolder } from "./compose/watch-folder.ts";
import { loadConfig } from "./config/config.ts";
import { keeperProtocol } from "./contract/keeper.ts";
import { problems, RefusalError } from "./contract/problems.ts";
import { StandingDoctor } from "./doctor/standing-watch.ts";
import { GpuInventory } from "./gpu/inventory.ts";
import { openInspection } from "./inspection/open.ts";
import { StandingWatch } from "./orphans/standing-watch.ts";
import { bootId } from "./processes/boot.ts";
import { refuseInsideJob } from "./processes/enclosing-job.ts";
import { ownPidNamespace } from "./processes/pid-namespace.ts";
import { listen } from "./server/listen.ts";
import { storageRefusal } from "./store/storage-refusal.ts";
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
  if (process.env["HOLDFAST_STARTED_ON_FIRST_USE"] === "1" && !config.server.autostart)
    throw new RefusalError({ code: "server_not_running", details: { socket: paths.socket } });
  refuseInsideJob(paths.attemptsDir, process.env);
  dropJobVariables(builtProgram("server"));
  requireOwnProc();
  const lock = await takeServerFolders(config);
  const log = openLog(config);
  const { store, contradictions } = await openStore(paths, log);
  const database = new FileInPlace(paths.database);
  const gpuProbe = gpuProbeFrom(config, realClock);
  let onGpusFound = () => undefined as void;
  const inventory = new GpuInventory(gpuProbe, realClock, ({ devices, probe }) => {
    log.info({ gpus: devices.length, probe }, "GPUs");
    onGpusFound();
  });
  announce.phase("looking for GPUs");
  await inventory.open();
  const inspection = openInspection({
    config,
    clock: realClock,
    jobs: jobsOf(store),
    gpu: gpuProbe,
    sources: () =>
      ownSources({
        supervisor,
        orphans,
        gpu: gpuProbe,
        clock: realClock,
      }),
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
    gpuUuids: inventory.uuids,
    gpuProbe,
    log,
    version: packageFile.version,
    warnings: contradictions,
  });
  onGpusFound = () => supervisor.gpusFound();
  const standingWatch = config.orphans.watch
    ? StandingWatch.start(
        (asked, say, signal) => orphans.watch(asked, say, signal),
        config.orphans.watch_interval,
        log,
      )
    : null;
  const standingDoctor = new StandingDoctor({
    doctor,
    clock: realClock,
    log,
    intervalMs: config.doctor.watch,
    hysteresis: { raiseAfter: config.doctor.raise_after, clearAfter: config.doctor.clear_after },
    alertCommand: config.doctor.alert_command,
  });
  let commandHost: CommandHost | null = null;
  const listening = await listen(
    {
      supervisor,
      orphans,
      doctor,
      standingDoctor,
      standingWatch,
      clock: realClock,
      ids: realIds,
      log,
      version: packageFile.version,
      keeperProtocol,
      stateDir: paths.stateDir,
      commandHost: () => commandHost?.pid ?? null,
    },
    { socket: paths.socket },
  );
  await recordAddress(paths, log);
  commandHost = new CommandHost(builtProgram("commands"), paths, realClock, log);
  await commandHost.open();
  const end = endOnSignal(async (why) => {
    log.info({ why }, "ending; jobs continue");
    standingWatch?.close();
    standingDoctor.close();
    supervisor.close();
    commandHost?.close();
    await listening.close();
    const haveEnded = await inspection.close();
    await reads.close();
    store.close();
    lock.release();
    return haveEnded;
  });
  watchFolder({
    database,
    socket: { state: () => listening.place() },
    clock: realClock,
    onGone: (place) =>
      log.error({ path: paths.database, place }, "the state folder is gone; jobs continue"),
    onUnreachable: () => void end("state folder and socket are gone"),
    onSocketGone: listenAgain(listening, paths.socket, log),
    onUnknown: (err) => log.warn({ err }, "whether the state folder is in place is unknown"),
  });
  log.info({ pid: process.pid, socket: paths.socket, version: packageFile.version }, "listening");
  announce.ready(paths.socket);
  await announce.readyToSystemd((err) => log.warn({ err }, "reporting to systemd"));
  await supervisor.recover();
}

// New files must not be accessible to others.
process.umask(0o077);
// Before it listens it may wait only for an answer of systemd: no child and no timer of its own keeps it alive.
const mayEnd = keepProcessAlive();
main().then(mayEnd, (error: unknown) => {
  const { refusal, message } = asRefusal(error);
  announce.problem(refusal);
  process.stderr.write(`holdfast: ${message}\n`);
  process.exit(problems[refusal.code].exit);
});

function asRefusal(error: unknown): RefusalError {
  if (error instanceof RefusalError) return error;
  const refusal = storageRefusal(error, loadConfig(process.env).paths.stateDir);
  if (refusal === null) throw error;
  return new RefusalError(refusal, { cause: error });
}
