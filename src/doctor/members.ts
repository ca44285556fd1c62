import type { ProcessStat } from "../processes/proc-stat.ts";
import type { Machine } from "./machine.ts";
import type { KnownJob } from "./scope.ts";

const uuid = /\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/|$)/gm;

/**
 * The processes of each job, by number: those in its cgroup or, without a cgroup, the session and
 * the descendants of its main process. Reads each process's cgroup once, however many jobs there
 * are.
 */
export function membersOf(
  machine: Machine,
  jobs: readonly KnownJob[],
  table: readonly ProcessStat[],
): Map<number, ProcessStat[]> {
  if (jobs.length === 0) return new Map();
  const wanted = new Map(jobs.map((job) => [job.attempt, job]));
  const found = new Map<number, ProcessStat[]>(jobs.map(({ id }) => [id, []]));
  for (const one of table) {
    const groups = machine.text(`/proc/${one.pid}/cgroup`) ?? "";
    // Use the innermost attempt: a job may run a Holdfast of its own.
    const attempts = [...groups.matchAll(uuid)].map(([, attempt = ""]) => attempt);
    const job = wanted.get(attempts.findLast((attempt) => wanted.has(attempt)) ?? "");
    if (job !== undefined) found.get(job.id)?.push(one);
  }
  for (const { id, pid } of jobs)
    if (pid !== null && found.get(id)?.length === 0) found.set(id, below(pid, table));
  return found;
}

function below(pid: number, table: readonly ProcessStat[]): ProcessStat[] {
  const pids = new Set([pid]);
  for (let before = -1; before !== pids.size;) {
    before = pids.size;
    for (const one of table) if (pids.has(one.ppid) || one.session === pid) pids.add(one.pid);
  }
  return table.filter((one) => pids.has(one.pid));
}
