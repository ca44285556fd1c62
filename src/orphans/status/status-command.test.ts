import { describe, expect, it, vi } from "vitest";
import { runToEnd } from "../../system/child.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import { readRules } from "../load-rules.ts";
import { fakeScene } from "../fake-scene.ts";
import { matchOf } from "../match.ts";
import { askAll } from "./ask-all.ts";
import { askStatus, readStatus } from "./status-command.ts";

describe("an answer about another system's job", () => {
  const [rule] = readRules(
    `[[rule]]
     name = "r"
     [[rule.signature]]
     comm = "x"
     [rule.status]
     command = ["/bin/echo", "state of {id}"]
     running = ["running", "pending"]
     ended = ["finished", "failed"]
     running_codes = [10]
     ended_codes = [0]`,
    "own",
  );
  const status = rule?.status;
  if (status === undefined) throw new Error("the rule has no status command");

  it.each([
    ["RUNNING since noon\n", 0, "running"],
    ["job 12: failed", 1, "ended"],
    ["not yet finished, still running", 0, "unknown"],
    ["unfinished", 0, "ended"],
    ["", 10, "running"],
    ["", 3, "unknown"],
    ["nothing\nrunning", 3, "unknown"],
  ])("%j with exit code %i is %s", (stdout, code, expected) => {
    expect(readStatus(status, code, stdout)).toBe(expected);
  });

  it("comes from a program that gets the id inside an argument, never through a shell or as an option", async () => {
    const ask = (id: string) =>
      askStatus({ ...status, running: ["$(x)", "running"], ended: [], ended_codes: [] }, id);
    expect(await ask("running")).toBe("running");
    expect(await ask("$(echo running)")).toBe("running"); // echoed unchanged: it contains the string
    expect(await ask("-running")).toBe("unknown");
    expect(await askStatus({ ...status, command: ["/nowhere/program"] }, "1")).toBe("unknown");
  });

  it.each(["$`--all", "$&", "$$", "$'"])("gets the id unchanged, even %j", async (id) => {
    const { stdout } = await runToEnd("/bin/echo", ["-n", `state of ${id}`]);
    const command = ["/bin/sh", "-c", 'test "$1" = "$2"', "sh", "state of {id}", stdout];
    const asked = { ...status, command, ended_codes: [1], running_codes: [0] };
    expect(await askStatus(asked, id)).toBe("running");
  });

  it("is unknown if the program's child hangs, and that child is ended", async () => {
    const script = "echo $$; sleep 600 & wait";
    const { signal, stdout } = await runToEnd("/bin/sh", ["-c", script], {
      timeoutMs: 1000,
      wholeGroup: true,
    });
    expect(signal).toBe("SIGKILL");
    await vi.waitUntil(() => isEmpty(Number(stdout)), { timeout: 120_000, interval: 20 });
    const hung = { ...status, command: ["/bin/sh", "-c", script], timeout: 100 };
    expect(await askStatus(hung, "1")).toBe("unknown");
  });

  it("is unknown for a process that names no job: no program is asked about an empty id", async () => {
    const rules = readRules(
      `[[rule]]
       name = "r"
       [[rule.signature]]
       title = '^x-(?<id>\\d*)$'
       [rule.status]
       command = ["/bin/echo", "ended"]
       ended = ["ended"]`,
      "own",
    );
    const scene = fakeScene({ pid: 50, command: ["x-"] }, { pid: 51, command: ["x-7"] });
    const { asked, statusOf } = await askAll({ clock: new FakeClock(), scene, rules, uid: null });
    expect(asked.get("r")).toEqual(["7"]);
    const statuses = [50, 51].map((pid) => {
      const one = scene.processes.get(pid);
      const match = one === undefined ? null : matchOf(one, rules);
      return match === null ? null : statusOf(match);
    });
    expect(statuses).toEqual(["unknown", "ended"]);
  });

  it("is not waited for beyond the time limit of one inspection", async () => {
    const ids = Array.from({ length: 10 }, (_, index) => index);
    const scene = fakeScene(
      ...ids.map((id) => ({ pid: 50 + id, comm: "x", command: ["x", `${id}`] })),
    );
    const rules = readRules(
      `[[rule]]
       name = "r"
       [[rule.signature]]
       comm = "^x$"
       argument = '^(?<id>\\d)$'
       [rule.status]
       command = ["/bin/echo", "ended"]
       ended = ["ended"]`,
      "own",
    );
    const at = (...times: number[]) => {
      const clock = new FakeClock();
      return Object.assign(clock, { monotonicMs: () => times.shift() ?? 60_000 });
    };
    const answersAt = async (clock: FakeClock) => {
      const { statusOf } = await askAll({ clock, scene, rules, uid: null });
      return [...scene.processes.values()].flatMap((one) => {
        const match = matchOf(one, rules);
        return match === null ? [] : [statusOf(match)];
      });
    };
    expect(await answersAt(at(...Array.from({ length: 40 }, () => 0)))).toEqual(
      ids.map(() => "ended"),
    );
    // Two were queried in time.
    expect((await answersAt(at(0, 0, 0))).toSorted()).toEqual([
      "ended",
      "ended",
      ...Array.from({ length: 8 }, () => "unknown"),
    ]);
  });
});

function isEmpty(processGroup: number): boolean {
  try {
    process.kill(-processGroup, 0);
    return false;
  } catch {
    return true;
  }
}
