import { readdir } from "node:fs/promises";
import { attendedStates } from "../job/states.ts";
import type { AttemptRow } from "../store/rows.ts";
import { Attendance } from "./attendance.ts";
import type { Context } from "./context.ts";

// Each recovery is a connection and a few small files; more at once only queue for the same threads.
const atOnce = 16;

export interface RecoveryProgress {
  total: number;
  done: number;
}

/**
 * Finds every unfinished attempt again: those whose keepers live are followed on,
 * those that ended meanwhile are concluded, the others are swept. Launching begins
 * only when each is known, so that no GPU is handed out twice.
 *
 * A sweep can take as long as a process refuses to die; it goes on in the
 * background and keeps its job's GPUs occupied.
 */
export async function recoverAll(context: Context, progress: RecoveryProgress): Promise<void> {
  const { store, dispatcher, log } = context;
  const jobs = store.jobs.inStates(attendedStates);
  progress.total = jobs.length;
  const work: AttemptRow[] = [];
  for (const job of jobs) {
    const attempt = job.attempt === null ? null : store.attempts.get(job.attempt);
    if (attempt === null) throw new Error(`job ${job.id} is ${job.state} without an attempt`);
    dispatcher.occupy(job.id, attempt.gpuUuids);
    context.attendances.set(job.id, new Attendance(context, attempt));
    work.push(attempt);
  }
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let attempt = work.pop(); attempt !== undefined; attempt = work.pop()) {
        await settle(context, attempt);
        progress.done += 1;
      }
    }),
  );
  if (jobs.length > 0) log.info({ jobs: jobs.length }, "recovered");
  await removeStrayFolders(context).catch((error: unknown) => {
    log.warn({ err: error }, "looking for folders that no job knows");
  });
}

async function settle(context: Context, attempt: AttemptRow): Promise<void> {
  const attendance = context.attendances.get(attempt.job);
  if (attendance === undefined) return;
  const begun = attendance.begin().catch((error: unknown) => {
    context.log.error({ err: error, job: attempt.job }, "recovering an attempt");
  });
  // Its place and its GPUs are occupied: the other attempts, and new ones, need not wait for it.
  await Promise.race([begun, attendance.takesLonger]);
}

/** Folders of attempts that the store does not know: their launch was cut short, or their job was removed. */
async function removeStrayFolders(context: Context): Promise<void> {
  const { store, config, log } = context;
  for (const name of await readdir(config.paths.attemptsDir)) {
    if (!/^[0-9a-f-]{36}$/.test(name) || store.attempts.get(name) !== null) continue;
    try {
      await removeStray(context, name);
    } catch (error) {
      log.warn(
        { err: error, attempt: name },
        "removing the folder of an attempt that no job knows",
      );
    }
  }
}

async function removeStray({ engine, bootId, clock, log }: Context, name: string): Promise<void> {
  const stray: AttemptRow = {
    id: name,
    job: 0,
    number: 0,
    nonce: "",
    bootId,
    tier: engine.tier,
    cgroup: engine.groupFor(name),
    cgroupAlso: engine.groupsAlsoFor(name, null),
    limits: [],
    gpuUuids: [],
    createdAtMs: clock.nowMs(),
    claim: null,
    startedAtMs: null,
    endedAtMs: null,
  };
  const evidence = await engine.inspect(stray);
  // A claim without an end: somebody's keeper may live there (a restored database). Not ours to touch.
  if (evidence.claim !== null && evidence.claim !== "void" && evidence.exit === null) {
    log.warn(
      { folder: engine.folderOf(name) },
      "an attempt folder that no job knows has a claim and no end; left alone",
    );
    return;
  }
  if (evidence.claim === null && evidence.exit === null && !(await engine.void(stray))) return;
  await engine.discard(stray);
}
