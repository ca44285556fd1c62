import { dirname } from "node:path";
import { growth } from "../deltas.ts";
import { facet } from "../facet.ts";
import { groupsOf, lineIn, numberIn } from "../groups.ts";
import type { Machine } from "../machine.ts";
import { examinedJobs, type KnownJob, type Scope } from "../scope.ts";

interface Room {
  /** `machine`, `job 4`, or the folder of a cgroup that this program is in. */
  subject: string;
  source: string;
  used: number;
  limit: number;
  /** Forks refused because of the limit. */
  refused: number | null;
}

/** Tasks that can still be started, on the machine and in the cgroups that limit them. */
export const pids = facet<Room[]>({
  name: "pids",
  scope: "both",
  sampling: "ends",
  sample(scope) {
    const { machine, job } = scope;
    const whole = ofMachine(machine);
    return [
      ...(whole === null ? [] : [whole]),
      ...(job === null ? ofOwnGroups(machine) : []),
      ...examinedJobs(scope).flatMap((one) => ofJob(scope, one)),
    ];
  },
  judge(seen, chart, { job, thresholds }) {
    const { value } = seen.last;
    if (!value.some(({ subject }) => subject === "machine"))
      chart.missing("/proc does not report the machine's task limit");
    for (const { subject, source, used, limit, refused } of value) {
      const percent = (used * 100) / limit;
      chart.figure(
        "pids.used",
        job !== null && subject.startsWith("job") ? "job" : subject,
        percent,
      );
      const at = (rooms: readonly Room[]) => rooms.find((one) => one.subject === subject) ?? null;
      const before = at(seen.first.value);
      const refusals =
        refused === null ? null : growth(seen, (rooms) => at(rooms)?.refused ?? null);
      const full =
        percent >= thresholds.pids_used &&
        before !== null &&
        (before.used * 100) / before.limit >= thresholds.pids_used;
      if (!full && (refusals ?? 0) === 0) continue;
      chart.finding({
        verdict: "few-pids",
        subject,
        message: `${subject} has ${used} of at most ${limit} tasks`,
        figure: percent,
        source,
        confidence: "proven",
        evidence: (refusals ?? 0) > 0 ? [`${refusals} forks were refused during the window`] : [],
        next: "ps -eo pid,nlwp,args --sort=-nlwp",
      });
    }
  },
});

/** `0.68 1.33 3.64 2/231 12345`: 231 tasks. The smaller of the two limits applies. */
function ofMachine(machine: Machine): Room | null {
  const used = /^\S+ \S+ \S+ \d+\/(\d+) /.exec(machine.text("/proc/loadavg") ?? "")?.[1];
  const limits = ["pid_max", "threads-max"].flatMap(
    (name) => numberIn(machine, `/proc/sys/kernel/${name}`) ?? [],
  );
  if (used === undefined || limits.length === 0) return null;
  return {
    subject: "machine",
    source: "/proc/loadavg, kernel.pid_max and threads-max",
    used: Number(used),
    limit: Math.min(...limits),
    refused: null,
  };
}

/** A session or a container sets its limit on a parent of the cgroup that this program is in. */
function ofOwnGroups(machine: Machine): Room[] {
  const { unified, v1 } = groupsOf(machine, "self", null);
  const found: Room[] = [];
  for (
    let folder = v1.get("pids") ?? unified;
    folder !== null && machine.text(`${folder}/pids.current`) !== null;
    folder = folder === "/" ? null : dirname(folder)
  ) {
    const room = roomIn(machine, folder, folder);
    if (room !== null) found.push(room);
  }
  return found;
}

function ofJob({ machine }: Scope, { id, pid, attempt }: KnownJob): Room[] {
  const { unified, v1 } = groupsOf(machine, pid ?? "self", attempt);
  const folder = v1.get("pids") ?? unified;
  const room = folder === null ? null : roomIn(machine, folder, `job ${id}`);
  return room === null ? [] : [room];
}

/** Null for a cgroup without a limit. */
function roomIn(machine: Machine, folder: string, subject: string): Room | null {
  const used = numberIn(machine, `${folder}/pids.current`);
  const limit = numberIn(machine, `${folder}/pids.max`);
  if (used === null || limit === null || limit === 0) return null;
  const refused = lineIn(machine, `${folder}/pids.events`, "max");
  return { subject, source: `${folder}/pids.current`, used, limit, refused };
}
