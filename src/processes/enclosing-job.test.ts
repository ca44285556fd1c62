import { describe, expect, it } from "vitest";
import { enclosingJobOf, type OwnPlace } from "./enclosing-job.ts";
import type { ProcessStat } from "./proc-stat.ts";

const attempt = "0f8fad5b-d9cb-469f-a165-70867728950e";

function process(pid: number, ppid: number, comm: string, start = pid): ProcessStat {
  return {
    pid,
    ppid,
    comm,
    start,
    state: "S",
    processGroup: pid,
    session: pid,
    threads: 1,
    cpuTicks: 0,
    argStart: 0,
  };
}

/** node, started by a shell, at a login. */
function placed(changes: Partial<OwnPlace> = {}): OwnPlace {
  return {
    line: [process(30, 20, "node"), process(20, 10, "bash"), process(10, 1, "sshd")],
    groups: "0::/user.slice/user-1000.slice/session-3.scope\n",
    commandOf: () => "",
    followers: () => [],
    cookie: () => null,
    ...changes,
  };
}

const below = (comm: string) => [process(30, 20, "node"), process(20, 1, comm)];

describe("a process is part of a job", () => {
  it("below a keeper, which calls itself by its attempt", () => {
    const place = placed({
      line: below("holdfast-keeper"),
      commandOf: () => `holdfast-keeper ${attempt}`,
    });
    expect(enclosingJobOf(place)).toEqual({ attempt, by: "parent" });
  });

  it("below the spawner, to which it fell when its keeper was killed", () => {
    const place = placed({
      line: below("holdfast-keeper"),
      commandOf: () => "/opt/holdfast/build/keeper/holdfast-keeper spawner",
    });
    expect(enclosingJobOf(place)).toEqual({ attempt: null, by: "parent" });
  });

  it.each([
    `0::/user.slice/holdfast-0123456789ab/${attempt}\n`,
    `0::/user.slice/holdfast-0123456789ab/${attempt}/made/by/the/job\n`,
    `4:memory:/\n3:pids:/holdfast-0123456789ab/${attempt}\n0::/\n`,
  ])("in its control group: %j", (groups) => {
    expect(enclosingJobOf(placed({ groups }))).toEqual({ attempt, by: "group" });
  });

  it("below a process that was adopted, and not below another process that had its pid", () => {
    const followers = () => [process(90, 80, "holdfast-keeper")];
    const commands = (start: number) => (pid: number) =>
      pid === 90 ? `/k/holdfast-keeper follow 20 ${start} 0` : `holdfast-keeper ${attempt}`;
    expect(enclosingJobOf(placed({ followers, commandOf: commands(20) }))).toEqual({
      attempt,
      by: "adoption",
    });
    expect(enclosingJobOf(placed({ followers, commandOf: commands(19) }))).toBeNull();
  });

  it("by its cookie, where nothing else can be seen", () => {
    expect(enclosingJobOf(placed({ cookie: () => attempt }))).toEqual({ attempt, by: "cookie" });
  });
});

describe("a process is part of no job", () => {
  it("at a login", () => {
    expect(enclosingJobOf(placed())).toBeNull();
  });

  it("in the group in which groups of attempts are made, nor in a group that only samples like theirs", () => {
    for (const group of ["/holdfast-0123456789ab", `/jobs/${attempt}`, "/holdfast-server"])
      expect(enclosingJobOf(placed({ groups: `0::${group}\n` }))).toBeNull();
  });

  it("below a program that is called by a keeper's name only in part", () => {
    expect(enclosingJobOf(placed({ line: below("holdfast-keep") }))).toBeNull();
  });
});
