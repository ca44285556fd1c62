import { existsSync } from "node:fs";
import { orphansFrom } from "../compose/orphans.ts";
import type { Connection } from "../client/http.ts";
import { connectionTo } from "../client/connection-to.ts";
import type { Input, Operation, Output } from "../client/operations.ts";
import type { Job } from "../contract/job.ts";
import { mainOf } from "../contract/main-process.ts";
import { RefusalError } from "../contract/problems.ts";
import { lockHolder } from "../processes/lock-holder.ts";
import { workOf } from "../processes/work-of.ts";
import { knownJob, livingStates } from "../doctor/known-job.ts";
import type { KnownJob, ServerAnswer, Sources } from "../doctor/scope.ts";
import { ownPidNamespace } from "../processes/pid-namespace.ts";
import { checkStore } from "../store/check.ts";
import {
  attemptsOnDisk,
  claimOf,
  keeperClaimOf,
  sightOfAttempt,
} from "../recovery/attempt-on-disk.ts";
import { callWithTimeout } from "./call-with-timeout.ts";
import type { DoctorProgram } from "./doctor-program.ts";

/** The server over its socket; if it does not answer, the attempts' folders and this program's own inspection. */
export function socketSources(program: DoctorProgram): Sources {
  const { config, clock, gpu } = program;
  const { paths } = config;
  const connection = connectionTo(paths, clock, {
    progress: () => workOf(lockHolder(paths.lockFile)),
    onWaiting: (message) => program.publish({ kind: "complaint", message }),
  });
  // A server that did not answer is not asked again before it has been seen to answer.
  let hangs = false;
  // Another request already got no answer: that counts as one check.
  let seenHanging: ServerAnswer | null = null;
  const ask = async <O extends Operation>(operation: O, input: Input<O>) => {
    if (hangs) return null;
    try {
      return (await callWithTimeout(connection, operation, input)).value;
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      hangs = error.refusal.code === "server_unreachable";
      if (hangs) seenHanging = { kind: "hangs", message: error.message };
      return null;
    }
  };
  /** Whether the server's pids are those of this PID namespace; an older server does not say. */
  const isHere = async () => {
    const namespace = (await ask("showHealth", {}))?.pidNamespace ?? null;
    const here = ownPidNamespace()?.inode ?? null;
    return namespace === null || here === null || namespace === here;
  };
  return {
    gpu,
    async server() {
      const seen = seenHanging;
      seenHanging = null;
      if (seen !== null) return seen;
      const answer = await askServer(connection);
      hangs = answer.kind === "hangs";
      // The first command starts one: until then there is nothing that could be down.
      if (answer.kind === "down" && !existsSync(paths.database))
        return { kind: "unused", message: "no server has been started with this state folder yet" };
      return answer;
    },
    async store() {
      return checkStore(paths);
    },
    async jobs() {
      const jobs: Job[] = [];
      let cursor: string | null = null;
      do {
        const page: Output<"listJobs"> | null = await ask("listJobs", {
          query: {
            state: [...livingStates],
            limit: 500,
            ...(cursor === null ? {} : { cursor }),
          },
        });
        if (page === null) return { jobs: await jobsOnDisk(paths.attemptsDir), from: "folders" };
        jobs.push(...page.jobs);
        cursor = page.nextCursor;
      } while (cursor !== null);
      const known = jobs.flatMap((job) => knownJob(job) ?? []);
      return { jobs: (await isHere()) ? known : known.map(withoutPids), from: "server" };
    },
    async orphans() {
      const body = { allUsers: process.getuid?.() === 0 };
      // The server knows since when a parent is gone.
      const scan = await ask("scanOrphans", { body });
      if (scan !== null) return { scan };
      const scanned = await ownOrphans(program).scan(body);
      return scanned.ok ? { scan: scanned.value } : { why: scanned.refusal.code };
    },
  };
}

async function askServer(connection: Connection): Promise<ServerAnswer> {
  const { clock } = connection;
  const beganMs = clock.monotonicMs();
  try {
    const { value } = await callWithTimeout(connection, "showHealth", {});
    const tookMs = clock.monotonicMs() - beganMs;
    return { kind: "answered", status: value.status, warnings: value.warnings, tookMs };
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    const down = error.refusal.code === "server_not_running";
    return { kind: down ? "down" : "hangs", message: error.message };
  }
}

/** A pid of another namespace names another process here. */
function withoutPids(job: KnownJob): KnownJob {
  return { ...job, pid: null, keeperPid: null };
}

async function jobsOnDisk(attemptsDir: string): Promise<KnownJob[]> {
  const attempts = await attemptsOnDisk(attemptsDir, null);
  return attempts.flatMap((attempt) => {
    const isElsewhere = sightOfAttempt(attempt) === "elsewhere";
    const claim = isElsewhere ? claimOf(attempt) : keeperClaimOf(attempt);
    const { intent, exit, folder, id } = attempt;
    if (claim === null || intent === null || exit !== null) return [];
    return [
      {
        id: intent.job,
        state: "running",
        attempt: id,
        pid: isElsewhere ? null : mainOf(claim).pid,
        keeperPid: isElsewhere ? null : claim.keeper.pid,
        cwd: intent.cwd,
        folder: folder.path,
        gpuUuids: null,
        progress: null,
      },
    ];
  });
}

function ownOrphans({ config, clock, keeperProgram }: DoctorProgram) {
  // Only a server can confirm that an attempt has ended.
  const jobs = { findAttempt: () => null, adopted: () => null };
  return orphansFrom(config, { clock, keeperProgram, gpu: null, jobs });
}
