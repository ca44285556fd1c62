import type { ProgramFacts } from "../../containment/attempt-search.ts";
import type { AdoptRequest } from "../../contract/adopt.ts";
import type { Job } from "../../contract/job.ts";
import { accept, refuse, type Result } from "../../contract/problems.ts";
import { unlimited } from "../../job/limits.ts";
import type { JobSpec } from "../../job/spec.ts";
import { cgroupPlaceOf } from "../../orphans/cgroup-place.ts";
import { isFinished, nullIfHidden, type ProcessStat, statOf } from "../../processes/proc-stat.ts";
import type { Context } from "../context.ts";
import { insert, type InsertParts } from "./submit.ts";

const hidden = "/proc hides it from this server (hidepid), so whether it lives is unknown";

export type AdoptParts = InsertParts & Pick<Context, "bootId" | "namespace">;

/**
 * A job that watches a foreign process and everything below it. Its keeper is not their parent: it
 * samples, and the kernel does not notify it, so its tier is never better than `best effort`.
 */
export async function adopt(context: AdoptParts, asked: AdoptRequest): Promise<Result<Job>> {
  const { engines, bootId, namespace } = context;
  const identity = await engines.local.machine.processes.identify(asked.pid);
  if (identity === "unknown") return refuse("not_adoptable", { pid: asked.pid, what: hidden });
  const stat = await statOf(asked.pid).catch(nullIfHidden);
  if (identity === null || stat === null || stat.start !== identity.start || isFinished(stat))
    return refuse("no_such_target", { what: `There is no living process ${asked.pid}` });
  const program = await engines.local.machine.processes.programOf(asked.pid);
  const why = await whyNot(context, stat, program, asked.allUsers);
  if (why !== null) return refuse("not_adoptable", { pid: asked.pid, what: why });
  const command = program.argv;
  const inserted = await insert(
    context,
    specOf(context, asked, command.length === 0 ? [stat.comm] : command, {
      ...identity,
      bootId,
      pidNamespace: namespace?.inode ?? null,
    }),
    null,
    "",
    null,
  );
  return inserted.ok ? accept(inserted.value.job) : inserted;
}

/** Null: it may be adopted. */
async function whyNot(
  context: AdoptParts,
  stat: ProcessStat,
  { uid, cgroup, isKernelThread, attempt }: ProgramFacts,
  allUsers: boolean,
): Promise<string | null> {
  const { pid } = stat;
  if (pid === 1) return "it is process 1";
  if (isKernelThread) return "it is a thread of the kernel";
  if ((await lineOf(process.pid)).some((one) => one.pid === pid))
    return "it is this server or a parent of it";
  const line = await lineOf(pid);
  if (line.some((one) => one.pid === process.pid)) return "it belongs to this server";
  if (line.some(({ comm }) => comm.startsWith("holdfast-"))) return "a keeper supervises it";
  const own = process.getuid?.() ?? 0;
  if (uid !== own && !(own === 0 && allUsers))
    return `it is user ${uid}'s${own === 0 ? "; --all-users allows it" : ""}`;
  if (cgroupPlaceOf(cgroup).kind === "attempt" || attempt !== null) return "it belongs to a job";
  return adopterOf(context, stat);
}

/**
 * The job that has adopted a process, one above it or one below it; null: none. Two jobs would each
 * count it as theirs, and either's cancel would end the other's. Only attempts that have begun count:
 * of two jobs that wait, the first that starts adopts it. `own`: only attempts that began before this
 * job's count.
 */
export async function adopterOf(
  {
    store,
    followers,
    bootId,
    namespace,
  }: Pick<Context, "store" | "followers" | "bootId" | "namespace">,
  { pid, start }: Pick<ProcessStat, "pid" | "start">,
  own: number | null = null,
): Promise<string | null> {
  const ids = [...followers.keys()];
  const begun = own === null ? ids : ids.slice(0, ids.indexOf(own));
  const line = [{ pid, start }, ...(await lineOf(pid))];
  for (const id of begun) {
    const other = store.jobs.get(id)?.spec.adopt;
    if (other === undefined || other.bootId !== bootId) continue;
    if (!isSameNamespace(other, namespace)) continue;
    if (line.some((one) => one.pid === other.pid && one.start === other.start))
      return `job ${id} has adopted it`;
    const below = await lineOf(other.pid);
    if (below[0]?.start === other.start && below.some((one) => one.pid === pid))
      return `job ${id} has adopted process ${other.pid}, which is below it`;
  }
  return null;
}

function isSameNamespace(
  { pidNamespace = null }: NonNullable<JobSpec["adopt"]>,
  here: Context["namespace"],
): boolean {
  return pidNamespace === null || here === null || pidNamespace === here.inode;
}

/** A process and its parents, itself first. */
async function lineOf(pid: number): Promise<ProcessStat[]> {
  const line: ProcessStat[] = [];
  const visible = (one: number) => statOf(one).catch(nullIfHidden);
  for (
    let stat = await visible(pid);
    stat !== null && stat.pid > 1;
    stat = await visible(stat.ppid)
  ) {
    if (line.some((one) => one.pid === stat?.pid)) break;
    line.push(stat);
  }
  return line;
}

function specOf(
  { config: { jobs } }: Pick<Context, "config">,
  { name, limitMs, graceMs, memoryMaxBytes, leftovers }: AdoptRequest,
  command: string[],
  { pid, start, inode, bootId, pidNamespace }: NonNullable<JobSpec["adopt"]>,
): JobSpec {
  return {
    command,
    name: name ?? null,
    cwd: "/",
    env: {},
    tags: [],
    limitMs: limitMs === undefined || limitMs === 0 ? null : limitMs,
    graceMs: graceMs ?? jobs.grace,
    leaseMs: null,
    leftovers,
    escaped: "report",
    stopSignal: "TERM",
    stopScope: "all",
    output: "joined",
    outputQuotaBytes: null,
    gpus: 0,
    priority: 0,
    held: false,
    container: null,
    limits: { ...unlimited, memoryMaxBytes: memoryMaxBytes ?? null },
    strictLimits: false,
    cpus: null,
    nice: null,
    rlimits: {},
    retries: { max: 0, on: [], delayMs: 0 },
    adopt: { pid, start, inode, bootId, pidNamespace },
  };
}

/** Before its launch: why what was to be adopted cannot be any more. Null: it can. */
export async function adoptionLost(
  { engines, bootId, namespace }: Pick<Context, "engines" | "bootId" | "namespace">,
  { adopt: wanted }: Pick<JobSpec, "adopt">,
): Promise<string | null> {
  if (wanted === undefined) return null;
  const gone = `process ${wanted.pid} had ended before it was adopted`;
  if (wanted.bootId !== bootId) return gone;
  if (!isSameNamespace(wanted, namespace))
    return `process ${wanted.pid} is of PID namespace ${wanted.pidNamespace}, which this server (PID namespace ${namespace?.inode}) cannot see; adopt it with a server there`;
  // A later server than the one asked may start it.
  if (
    (await lineOf(process.pid)).some(
      ({ pid, start }) => pid === wanted.pid && start === wanted.start,
    )
  )
    return `this server descends from process ${wanted.pid}, and a server is never part of a job`;
  const found = await engines.local.machine.processes.identify(wanted.pid);
  if (found === "unknown") return `process ${wanted.pid} cannot be adopted: ${hidden}`;
  const same = found?.start === wanted.start && found.inode === wanted.inode;
  return same ? null : gone;
}
