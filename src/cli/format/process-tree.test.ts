import { describe, expect, it } from "vitest";
import { laidOut } from "../testing/laid-out.ts";
import { processTree } from "./process-tree.ts";

const one = (pid: number, ppid: number, command: string, ageMs: number) => ({
  pid,
  ppid,
  command,
  state: "S",
  waitChannel: "do_wait",
  threads: 1,
  cpuMs: 1500,
  residentBytes: 2 ** 20,
  ageMs,
  ties: ["cgroup" as const],
});

describe("a job's processes", () => {
  it("are shown below their parents, the oldest first, roots without an indent", () => {
    const lines = laidOut(
      processTree([
        one(30, 20, "sleep", 1000),
        one(10, 1, "sh", 9000),
        one(20, 10, "python3", 5000),
        one(21, 10, "tee", 4000),
        one(40, 2, "stray", 100),
      ]),
    );
    expect(lines.slice(1).map((line) => line.replace(/^.*cgroup +/, ""))).toEqual([
      "sh",
      "├─ python3",
      "│  └─ sleep",
      "└─ tee",
      "stray",
    ]);
  });

  it("cannot write to the terminal by their names", () => {
    const [, line] = laidOut(processTree([one(1, 0, "evil\u001b[2J", 0)]));
    expect(line).not.toContain("\u001b");
  });

  it("name the place where an uninterruptible one waits", () => {
    const [, line] = laidOut(
      processTree([{ ...one(1, 0, "dd", 0), state: "D", waitChannel: "rwsem" }]),
    );
    expect(line).toContain("D rwsem");
  });
});
