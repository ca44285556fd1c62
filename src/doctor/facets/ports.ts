import { parsePorts } from "../../processes/listening-ports.ts";
import { facet } from "../facet.ts";
import { membersOf } from "../members.ts";
import type { Machine } from "../machine.ts";
import { commandOf } from "../describe-process.ts";
import { examined, examinedJobs } from "../scope.ts";

interface Listener {
  port: number;
  /** Null: this user may not see which process has the socket. */
  pid: number | null;
  command: string;
  /** It belongs to the examined job, or to any job if none was named. */
  expected: boolean;
}

/** Wanted ports and the processes that listen on them, in this network namespace. */
export const ports = facet<Listener[]>({
  name: "ports",
  scope: "both",
  sampling: "ends",
  sample(scope) {
    const { machine } = scope;
    const wanted = new Set(scope.ports);
    const sockets = ["tcp", "tcp6"]
      .flatMap((name) => parsePorts(machine.text(`/proc/net/${name}`) ?? ""))
      .filter(([, port]) => wanted.has(port));
    if (sockets.length === 0) return [];
    const table = machine.processes();
    const members = membersOf(machine, examinedJobs(scope), table);
    const expected = new Set([...members.values()].flat().map(({ pid }) => pid));
    const holders = holdersOf(machine, new Map(sockets));
    return [...wanted].flatMap((port): Listener[] => {
      if (!sockets.some(([, one]) => one === port)) return [];
      const pids = [...(holders.get(port) ?? [])];
      if (pids.length === 0) return [{ port, pid: null, command: "", expected: false }];
      return pids.map((pid) => ({
        port,
        pid,
        command: commandOf(machine, { pid, comm: "?" }),
        expected: expected.has(pid),
      }));
    });
  },
  judge({ first, last }, chart, { job, ports: wanted }) {
    if (wanted.length === 0) {
      chart.absent("no ports to check (doctor.ports, --port)");
      return;
    }
    chart.figure("ports.wanted", examined(job), wanted.length);
    for (const port of wanted) {
      const [before, now] = [first.value, last.value].map((all) =>
        all.filter((one) => one.port === port),
      );
      if (before === undefined || now === undefined) continue;
      const subject = `port ${port}`;
      const common = { subject, next: `holdfast holders port:${port}` };
      // While the job itself has the listener, a child that inherited it does not conflict.
      const taken = (all: Listener[]) => all.length > 0 && !all.some(({ expected }) => expected);
      if (taken(before) && taken(now)) {
        const [by] = now;
        chart.finding({
          ...common,
          verdict: "port-conflict",
          message:
            by?.pid === null || by === undefined
              ? `a process that this user may not inspect listens on port ${port}`
              : `process ${by.pid} (${by.command}) listens on port ${port} and ${job === null ? "belongs to no job" : `does not belong to job ${job.id}`}`,
          figure: now.length,
          source: "/proc/net/tcp, /proc/PID/fd",
          confidence: by?.pid === null ? "likely" : "proven",
        });
      } else if (job !== null && before.length === 0 && now.length === 0)
        chart.finding({
          ...common,
          verdict: "port-unheld",
          message: `no process listens on port ${port}, which job ${job.id} should hold`,
          figure: 0,
          source: "/proc/net/tcp",
          next: `holdfast logs ${job.id} -f`,
        });
    }
  },
});

/** The processes that have each socket open, by port. */
function holdersOf(
  machine: Machine,
  portOf: ReadonlyMap<string, number>,
): Map<number, Set<number>> {
  const found = new Map<number, Set<number>>();
  for (const { pid } of machine.processes())
    for (const name of machine.names(`/proc/${pid}/fd`) ?? []) {
      const target = machine.link(`/proc/${pid}/fd/${name}`) ?? "";
      const port = portOf.get(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? "");
      if (port === undefined) continue;
      found.set(port, (found.get(port) ?? new Set()).add(pid));
    }
  return found;
}
