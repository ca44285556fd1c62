import { counted } from "../../contract/counted.ts";
import { facet } from "../facet.ts";
import { membersOf } from "../members.ts";
import { examined, type KnownJob } from "../scope.ts";

/** A job that is recorded as running, and which of its processes exist. */
interface Expected {
  job: KnownJob;
  keeper: boolean;
  members: number;
}

interface Sample {
  expected: Expected[];
  from: "server" | "folders";
}

// The kernel cuts names to 15 bytes.
const keeperName = "holdfast-keeper".slice(0, 15);

/** Compares the processes that the records expect with those that exist. */
export const processes = facet<Sample>({
  name: "processes",
  scope: "both",
  sampling: "ends",
  async sample({ machine, sources, job: one }) {
    const { jobs, from } = await sources.jobs();
    const table = machine.processes();
    const keepers = new Set(
      table.filter(({ comm, state }) => comm === keeperName && state !== "Z").map(({ pid }) => pid),
    );
    const running = jobs.filter(
      ({ id, state }) => (one === null || id === one.id) && /running|paused/.test(state),
    );
    const members = membersOf(machine, running, table);
    const expected = running.map((job) => ({
      job,
      keeper: job.keeperPid !== null && keepers.has(job.keeperPid),
      members: (members.get(job.id) ?? []).filter(({ state }) => state !== "Z").length,
    }));
    return { expected, from };
  },
  judge({ first, last }, chart, { job }) {
    const { expected, from } = last.value;
    const subject = examined(job);
    chart.figure("processes.expected", subject, expected.length);
    chart.figure("processes.found", subject, expected.filter((one) => one.members > 0).length);
    for (const now of expected) {
      const before = first.value.expected.find((one) => one.job.attempt === now.job.attempt);
      // Missing at one end of the window: it started or ended in between.
      if (before === undefined || now.keeper || before.keeper) continue;
      const { id, keeperPid } = now.job;
      if (keeperPid === null || before.job.keeperPid === null) {
        chart.missing(`the keeper of job ${id} cannot be seen from this PID namespace`);
        continue;
      }
      const gone = now.members === 0 && before.members === 0;
      chart.finding({
        verdict: gone ? "process-missing" : "keeper-missing",
        subject: `job ${id}`,
        message: gone
          ? `job ${id} is recorded as ${now.job.state}, but neither its keeper nor any of its processes is alive`
          : `job ${id} has ${counted(now.members, "process", "processes")} but no keeper: its time limit and grace period are not enforced`,
        figure: now.members,
        source: `${from === "server" ? "the server's records" : "the attempt's folder"} compared with /proc`,
        confidence: "proven",
        evidence: [`its keeper was process ${keeperPid}`],
        next:
          from === "folders"
            ? "holdfast server start"
            : gone
              ? `holdfast show ${id}`
              : `holdfast cancel ${id}`,
      });
    }
  },
});
