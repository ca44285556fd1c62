import { createHash } from "node:crypto";
import { chmodSync, existsSync, writeFileSync, writeSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pino, type Logger } from "pino";
import packageFile from "../package.json" with { type: "json" };
import { heldByAnother } from "./client/lock-owner.ts";
import { loadConfig, type Config } from "./config/config.ts";
import { takeFolder, takeStateFolder } from "./config/own-folder.ts";
import type { Paths } from "./config/paths.ts";
import { recordSocket } from "./config/server-address.ts";
import { keeperProtocol } from "./contract/keeper.ts";
import { problemDocument } from "./contract/problem-document.ts";
import { withoutJobVariables } from "./contract/job-variables.ts";
import { problems, RefusalError } from "./contract/problems.ts";
import { Baselines } from "./doctor/baselines.ts";
import { makeDoctor, type Doctor } from "./doctor/doctor.ts";
import { realMachine } from "./doctor/machine.ts";
import { doctorSettings } from "./doctor/settings.ts";
import { StandingDoctor } from "./doctor/standing-watch.ts";
import { withFailpoints } from "./engines/engine-failpoints.ts";
import { LocalEngine } from "./engines/local.ts";
import { type AbandonedAttempt, findAbandoned, isAlive } from "./containment/abandoned.ts";
import { attemptSightings } from "./containment/attempt-sightings.ts";
import { Signals } from "./containment/signals.ts";
import { GpuInventory } from "./gpu/inventory.ts";
import { openGpuProbe } from "./gpu/open-probe.ts";
import type { GpuProbe } from "./gpu/snapshot.ts";
import { attendedStates } from "./job/states.ts";
import { makeOrphans, type Orphans } from "./orphans/orphans.ts";
import { databaseRules } from "./orphans/status/database-rules.ts";
import { StandingWatch } from "./orphans/standing-watch.ts";
import { bootId } from "./processes/boot.ts";
import { refuseInsideJob } from "./processes/enclosing-job.ts";
import { foreignProc, ownPidNamespace } from "./processes/pid-namespace.ts";
import { listen, type Listening } from "./server/listen.ts";
import { makeWhole } from "./store/make-whole.ts";
import { ServerLock } from "./store/server-lock.ts";
import { storageRefusal } from "./store/storage-refusal.ts";
import { Store } from "./store/store.ts";
import { ownSources } from "./supervisor/doctor-sources.ts";
import { supervise, type RunningSupervisor } from "./supervisor/supervise.ts";
import { runToEnd } from "./system/child.ts";
import { realClock } from "./system/clock.ts";
import { FileInPlace } from "./system/file-in-place.ts";
import { realIds } from "./system/ids.ts";
import { keepProcessAlive } from "./system/keep-alive.ts";
import { LogFile } from "./system/log-file.ts";

/**
 * The server: the only place that puts the real parts together. Whoever started it
 * hears on descriptor HOLDFAST_READY_FD what it does, `phase TEXT`, and what became of it: `ready SOCKET`
 * or `problem JSON`. It ends on SIGTERM, SIGINT or SIGHUP; jobs go on.
 */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const { paths } = config;
  if (process.env["HOLDFAST_STARTED_ON_FIRST_USE"] === "1" && !config.server.autostart)
    throw new RefusalError({ code: "server_not_running", details: { socket: paths.socket } });
  refuseInsideJob(paths.attemptsDir, process.env);
  dropJobVariables();
  requireOwnProc();
  phase("taking the state folder");
  takeFolders(config);
  // The first look at a file from a promise makes Node's threads, and Node aborts where there is no room
  // for them: better before anybody was told that this server is ready.
  await stat(paths.stateDir);
  const lock = ServerLock.take(paths.lockFile);
  if (lock === null) throw heldByAnother(paths);
  writeFileSync(paths.pidFile, `${process.pid}\n${ownPidNamespace()?.inode ?? ""}\n`);
  const log = pino(
    { level: config.server.log_level, base: null },
    // pino's own destination ends the program when the disk is full.
    new LogFile(paths.serverLog, lostLines),
  );
  phase("checking the store");
  const contradictions = await makeWhole(paths, realClock.nowMs());
  for (const text of contradictions) log.warn({ state: paths.stateDir }, text);
  phase("opening the store");
  const store = new Store({
    path: paths.database,
    journalDir: paths.journalDir,
    reserveFile: paths.reserveFile,
    backupsDir: paths.backupsDir,
    soon: (callback) => realClock.soon(callback),
  });
  chmodSync(paths.database, 0o600);
  const database = new FileInPlace(paths.database);
  const gpuProbe = openGpuProbe(realClock, {
    library: config.gpus.library === "" ? null : config.gpus.library,
    timeoutMs: config.gpus.probe_timeout,
  });
  let found = () => undefined as void;
  const inventory = new GpuInventory(gpuProbe, realClock, ({ devices, probe }) => {
    log.info({ gpus: devices.length, probe }, "GPUs");
    found();
  });
  phase("looking for GPUs");
  await inventory.open();
  phase("finding out how jobs can be contained");
  const local = await LocalEngine.open({
    attemptsDir: paths.attemptsDir,
    keeperProgram: keeperProgram(),
    cgroup: config.containment.cgroup,
    instance: instanceOf(config),
    clock: realClock,
    ids: realIds,
    onComplaint: (text) => log.warn({ from: "keeper" }, text),
  });
  const engine = process.env["HOLDFAST_FAILPOINTS"] === undefined ? local : withFailpoints(local);
  log.info({ tier: engine.tier, why: engine.tierWhy }, "containment");
  const supervisor = supervise({
    store,
    engine,
    clock: realClock,
    ids: realIds,
    config,
    bootId: bootId(),
    namespace: ownPidNamespace(),
    database,
    findAbandoned: () => abandonedAt(paths.stateDir, store),
    gpuUuids: inventory.uuids,
    gpuProbe,
    log,
    version: packageFile.version,
    warnings: contradictions,
  });
  const orphans = orphansOf(config, store, gpuProbe);
  const standingWatch = config.orphans.watch
    ? StandingWatch.start(
        (asked, say, signal) => orphans.watch(asked, say, signal),
        config.orphans.watch_interval,
        log,
      )
    : null;
  const doctor = doctorOf(config, { supervisor, orphans, gpu: gpuProbe });
  const standingDoctor = new StandingDoctor({
    doctor,
    clock: realClock,
    log,
    intervalMs: config.doctor.watch,
    hysteresis: {
      raiseAfter: config.doctor.raise_after,
      clearAfter: config.doctor.clear_after,
    },
    alertCommand: config.doctor.alert_command,
  });
  found = () => supervisor.gpusFound();
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
    },
    { socket: paths.socket },
  );
  await recordAddress(paths, log);
  const parts = { supervisor, standingWatch, standingDoctor, listening, store, lock, log };
  const end = endOnSignal(parts);
  watchFolder(database, new FileInPlace(paths.socket), log, end);
  log.info({ pid: process.pid, socket: paths.socket, version: packageFile.version }, "listening");
  tell(`ready ${paths.socket}`);
  await tellSystemd(log);
  await supervisor.recover();
}

/**
 * A shell can have inherited them from a job that has ended, or that it is no part of. Only an exec
 * takes them out of /proc/PID/environ, where they would make this server pass for what is left of it.
 */
function dropJobVariables(): void {
  if (process.env["HOLDFAST_ATTEMPT"] === undefined) return;
  const entry = [process.execPath, ...process.execArgv, import.meta.filename];
  process.execve?.(process.execPath, entry, withoutJobVariables(process.env));
}

function doctorOf(
  { paths, doctor }: Config,
  parts: { supervisor: RunningSupervisor; orphans: Orphans; gpu: GpuProbe },
): Doctor {
  return makeDoctor({
    machine: realMachine,
    clock: realClock,
    sources: ownSources({
      ...parts,
      clock: realClock,
      database: paths.database,
      attemptsDir: paths.attemptsDir,
    }),
    baselines: new Baselines(paths.baselinesDir),
    settings: doctorSettings(doctor),
    folders: [paths.stateDir, paths.runtimeDir],
  });
}

function orphansOf({ orphans, paths }: Config, store: Store, gpu: GpuProbe): Orphans {
  return makeOrphans({
    clock: realClock,
    signals: new Signals(keeperProgram()),
    findAttempt(id) {
      const found = store.attempts.get(id);
      return found === null ? null : { job: found.job, ended: found.endedAtMs !== null };
    },
    bootId: bootId(),
    folder: paths.orphansDir,
    rulesFolder: paths.orphanRulesDir,
    databaseRules: databaseRules(orphans.status, paths.configFile),
    settings: {
      minAgeMs: orphans.min_age,
      cpuPercent: orphans.cpu_percent,
      parentGoneMs: orphans.parent_gone,
      windowMs: orphans.window,
      allow: new Set(orphans.allow),
    },
    uid: process.getuid?.() ?? 0,
    gpu,
    adopted: () =>
      new Map(
        store.jobs
          .inStates(attendedStates)
          .flatMap(({ id, spec: { adopt } }) =>
            adopt === undefined ? [] : [[`${adopt.pid}:${adopt.start}`, id] as const],
          ),
      ),
    policy: { reap: new Set(orphans.watch_reap), afterMs: orphans.watch_after },
    processorMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
  });
}

interface Parts {
  supervisor: RunningSupervisor;
  standingWatch: StandingWatch | null;
  standingDoctor: StandingDoctor;
  listening: Listening;
  store: Store;
  lock: ServerLock;
  log: Logger;
}

function endOnSignal({
  supervisor,
  standingWatch,
  standingDoctor,
  listening,
  store,
  lock,
  log,
}: Parts): (why: string) => Promise<void> {
  let ending = false;
  const end = async (why: string) => {
    if (ending) return;
    ending = true;
    log.info({ why }, "ending; jobs go on");
    standingWatch?.close();
    standingDoctor.close();
    supervisor.close();
    await listening.close();
    store.close();
    lock.release();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
    process.on(signal, () => void end(signal));
  return end;
}

const folderLookMs = 5000;

/**
 * Without its state folder a server is of use as long as a client can reach it. With its socket gone
 * as well it ends: the jobs go on under their keepers, and the next server says that they are there.
 */
function watchFolder(
  database: FileInPlace,
  socket: FileInPlace,
  log: Logger,
  end: (why: string) => Promise<void>,
): void {
  let isTold = false;
  const look = () => {
    const place = database.state();
    if (place !== "in place") {
      if (!isTold)
        log.error({ path: database.path, place }, "the state folder is gone; jobs go on");
      isTold = true;
      if (socket.state() !== "in place") return void end("state folder and socket are gone");
    }
    realClock.after(folderLookMs, look);
  };
  realClock.after(folderLookMs, look);
}

/** Without it only commands with the same runtime folder find this server. */
async function recordAddress({ addressFile, socket }: Paths, log: Logger): Promise<void> {
  try {
    await recordSocket(addressFile, socket);
  } catch (error) {
    log.warn({ err: error }, "recording where this server listens");
  }
}

/** Of this user, from a state folder that was at this path before the one that is there now. */
function abandonedAt(stateDir: string, store: Store): AbandonedAttempt[] {
  const sightings = attemptSightings(process.getuid?.() ?? null);
  const found = findAbandoned(sightings, (attempt) => store.attempts.get(attempt) !== null);
  return found.filter((one) => one.stateDir === stateDir && isAlive(one));
}

/** Only this user may look in: commands, output and environments are there. */
function takeFolders({ paths }: Config): void {
  takeStateFolder(paths.stateDir);
  takeFolder(paths.attemptsDir, "HOLDFAST_STATE_DIR");
  takeFolder(paths.runtimeDir, "HOLDFAST_RUNTIME_DIR");
}

function lostLines(lines: number): string {
  return `${JSON.stringify({ level: 40, time: realClock.nowMs(), msg: `${lines} lines were lost: the disk was full` })}\n`;
}

/** Every pid that is read there would be another process's in a signal. */
function requireOwnProc(): void {
  const what = foreignProc();
  if (what !== null) throw new RefusalError({ code: "foreign_proc", details: { what } });
}

function keeperProgram(): string {
  const path =
    process.env["HOLDFAST_KEEPER"] ?? join(import.meta.dirname, "keeper/holdfast-keeper");
  if (!existsSync(path)) throw new RefusalError({ code: "keeper_missing", details: { path } });
  return path;
}

/** Tells this state folder's cgroups from those of another on the same machine. */
function instanceOf({ paths }: Config): string {
  return createHash("sha256").update(paths.stateDir).digest("hex").slice(0, 12);
}

/** As a service of Type=notify: `systemctl start` and `restart` return when the server answers. */
async function tellSystemd(log: Logger): Promise<void> {
  if (process.env["NOTIFY_SOCKET"] === undefined) return;
  try {
    await runToEnd("systemd-notify", ["--ready"]);
  } catch (error) {
    log.warn({ err: error }, "systemd is not told that this server is ready");
  }
}

/** For a command that waits. Nothing reads them of a server in the foreground. */
function phase(text: string): void {
  if (process.env["HOLDFAST_READY_FD"] !== undefined) tell(`phase ${text}`);
}

function tell(line: string): void {
  const descriptor = Number(process.env["HOLDFAST_READY_FD"] ?? "1");
  try {
    writeSync(descriptor, `${line}\n`);
  } catch {
    // Nobody waits for it any more.
  }
}

// The state folder must not be held by a folder that somebody wants to unmount, nor files be made for others.
process.umask(0o077);
// Before it listens it may wait for nothing but an answer of systemd's: no child and no timer of its own keeps it alive.
const mayEnd = keepProcessAlive();
main().then(mayEnd, (error: unknown) => {
  const refused = asRefusal(error);
  tell(`problem ${JSON.stringify(problemDocument(refused.refusal))}`);
  process.stderr.write(`holdfast: ${refused.message}\n`);
  process.exit(problems[refused.refusal.code].exit);
});

function asRefusal(error: unknown): RefusalError {
  if (error instanceof RefusalError) return error;
  const refusal = storageRefusal(error, loadConfig(process.env).paths.stateDir);
  if (refusal === null) throw error;
  return new RefusalError(refusal, { cause: error });
}
