import { describe, expect, it } from "vitest";
import { membersOf } from "./members.ts";
import { statLine } from "./testing/fake-machine.ts";
import { FakeExamination } from "./testing/fake-examination.ts";

const [a, b] = ["0ddba11e-0000-4000-8000-00000000000a", "0ddba11e-0000-4000-8000-00000000000b"];

describe("the processes of jobs", () => {
  const exam = new FakeExamination();
  const { machine } = exam;
  const process = (pid: number, cgroup: string, given = {}) =>
    machine.put({
      [`/proc/${pid}/stat`]: statLine({ pid, ...given }),
      [`/proc/${pid}/cgroup`]: cgroup,
    });
  const inJob = exam.runJob({ id: 1, attempt: a, pid: 10 });
  const ungrouped = exam.runJob({ id: 2, attempt: b, pid: 20 });
  process(10, `9:cpu:/holdfast-0123456789ab/${a}\n0::/holdfast-0123456789ab/${a}/sub\n`);
  process(11, `0::/holdfast-0123456789ab/${a}\n`, { ppid: 1 });
  // The job runs a Holdfast of its own; these processes belong to the inner job.
  process(12, `0::/holdfast-0123456789ab/${a}/holdfast-ba9876543210/${b}\n`);
  process(20, "0::/user.slice\n");
  process(21, "0::/user.slice\n", { ppid: 20, session: 99 });
  process(22, "0::/user.slice\n", { ppid: 1, session: 20 });
  process(30, "0::/user.slice\n");
  const pids = (jobs: Parameters<typeof membersOf>[1]) =>
    [...membersOf(machine, jobs, machine.processes())].map(([id, of]) => [
      id,
      of.map(({ pid }) => pid),
    ]);

  it("are those in its cgroup and below it", () => {
    expect(pids([inJob])).toEqual([[1, [10, 11, 12]]]);
  });

  it("belong to the innermost job if a job runs another", () => {
    expect(pids([inJob, ungrouped])).toEqual([
      [1, [10, 11]],
      [2, [12]],
    ]);
  });

  it("are the session and descendants of its main process if it has no cgroup", () => {
    machine.texts.delete("/proc/12/stat");
    expect(pids([ungrouped])).toEqual([[2, [20, 21, 22]]]);
  });
});
