import { Signals } from "../containment/signals.ts";
import { call } from "../client/call.ts";
import { createClient } from "../client/client.ts";
import type { Connection } from "../client/http.ts";
import type { Job } from "../contract/job.ts";
import { RefusalError } from "../contract/problems.ts";
import { knownJob, livingStates } from "../doctor/known-job.ts";
import type { KnownJob, ServerAnswer, Sources } from "../doctor/scope.ts";
import { makeOrphans } from "../orphans/orphans.ts";
import { bootId } from "../processes/boot.ts";
import { checkDatabase } from "../store/check.ts";
import { attemptsOnDisk, keeperClaimOf } from "./attempt-on-disk.ts";
import type { DoctorProgram } from "./doctor.ts";

/** A server that answers at all does so in milliseconds. */
const patienceMs = 5000;

/** The server over its socket, and where it does not answer the attempts' folders and this program's own eyes. */
export function socketSources(program: DoctorProgram): Sources {
  const { config, clock, gpu } = program;
  const { paths } = config;
  const connection: Connection = { socket: paths.socket, clock };
  const client = createClient(connection);
  return {
    gpu,
    server: () => askServer(connection),
    async store() {
      return checkDatabase(paths.database, paths.attemptsDir);
    },
    async jobs() {
      try {
        const jobs: Job[] = [];
        let cursor: string | null = null;
        do {
          const page: Awaited<ReturnType<typeof client.list>> = await client.list({
            state: [...livingStates],
            limit: 500,
            ...(cursor === null ? {} : { cursor }),
          });
          jobs.push(...(page.jobs as Job[]));
          cursor = page.nextCursor;
        } while (cursor !== null);
        return { jobs: jobs.flatMap((job) => knownJob(job) ?? []), from: "server" };
      } catch (error) {
        if (!(error instanceof RefusalError)) throw error;
        return { jobs: await jobsOnDisk(paths.attemptsDir), from: "folders" };
      }
    },
    async orphans() {
      // The server has seen since when a parent is gone.
      try {
        return { scan: await client.scanOrphans({ allUsers: process.getuid?.() === 0 }) };
      } catch (error) {
        if (!(error instanceof RefusalError)) throw error;
      }
      const scanned = await ownOrphans(program).scan({ allUsers: process.getuid?.() === 0 });
      return scanned.ok ? { scan: scanned.value } : { why: scanned.refusal.code };
    },
  };
}

async function askServer(connection: Connection): Promise<ServerAnswer> {
  const { clock } = connection;
  const late = new AbortController();
  const timer = clock.after(patienceMs, () => late.abort());
  const beganMs = clock.monotonicMs();
  try {
    const { value } = await call(connection, "showHealth", { signal: late.signal });
    const tookMs = clock.monotonicMs() - beganMs;
    return { kind: "answered", status: value.status, warnings: value.warnings, tookMs };
  } catch (error) {
    if (late.signal.aborted) return { kind: "hangs", words: `no answer in ${patienceMs / 1000} s` };
    if (!(error instanceof RefusalError)) throw error;
    const down = error.refusal.code === "server_not_running";
    return { kind: down ? "down" : "hangs", words: error.message };
  } finally {
    timer.cancel();
  }
}

async function jobsOnDisk(attemptsDir: string): Promise<KnownJob[]> {
  const attempts = await attemptsOnDisk(attemptsDir, null);
  return attempts.flatMap((attempt) => {
    const claim = keeperClaimOf(attempt);
    const { intent, exit, folder, id } = attempt;
    if (claim === null || intent === null || exit !== null) return [];
    return [
      {
        id: intent.job,
        state: "running",
        attempt: id,
        pid: claim.payload.pid,
        keeperPid: claim.keeper.pid,
        cwd: intent.cwd,
        folder: folder.path,
        gpuUuids: [],
        progress: null,
      },
    ];
  });
}

function ownOrphans({ config, clock, keeperProgram }: DoctorProgram) {
  const { orphans, paths } = config;
  return makeOrphans({
    clock,
    signals: new Signals(keeperProgram),
    // Whether its attempt has ended only a server can vouch for.
    findAttempt: () => null,
    bootId: bootId(),
    folder: paths.orphansDir,
    rulesFolder: paths.orphanRulesDir,
    settings: {
      minAgeMs: orphans.min_age,
      cpuPercent: orphans.cpu_percent,
      parentGoneMs: orphans.parent_gone,
      windowMs: orphans.window,
      allow: new Set(orphans.allow),
    },
    uid: process.getuid?.() ?? 0,
    policy: { reap: new Set(), afterMs: 0 },
    processorMs: () => 0,
  });
}
