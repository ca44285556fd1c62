import { describe, expect, it } from "vitest";
import { findObstacle, obstacleOf, type KilledProcess } from "./obstacle.ts";

const names = (pid: number) => (pid === 4711 ? "gdb" : null);

function killed(changes: Partial<KilledProcess> & { uids?: string; tracer?: number } = {}) {
  const { uids = "1000\t1000\t1000\t1000", tracer = 0, ...rest } = changes;
  const status = `Name:\tcp\nState:\tD (disk sleep)\nTracerPid:\t${tracer}\nUid:\t${uids}\n`;
  return { pid: 812, status, frozenBy: [], ...rest };
}

const of = (changes: Parameters<typeof killed>[0], ownUid = 1000) =>
  obstacleOf(killed(changes), names, ownUid);

describe("a process that KILL has not ended", () => {
  it("is only the kernel's to end where nothing else holds it", () => {
    expect(of({})).toBeNull();
  });

  it("is frozen: the group and the command that thaws it are named", () => {
    expect(of({ frozenBy: ["/sys/fs/cgroup/freezer/other/job"] })).toEqual({
      kind: "frozen",
      message: "frozen by the control group /sys/fs/cgroup/freezer/other/job",
      remedy: "echo THAWED > /sys/fs/cgroup/freezer/other/job/freezer.state",
    });
  });

  it("is frozen twice: each group has to be thawed", () => {
    expect(of({ frozenBy: ["/f/a b", "/f"] })?.remedy).toBe(
      "echo THAWED > '/f/a b/freezer.state' && echo THAWED > /f/freezer.state",
    );
  });

  it("is root's, under an ordinary user's server", () => {
    expect(of({ uids: "0\t0\t0\t0" })).toEqual({
      kind: "other_user",
      message: "a process of user 0, which user 1000 may not signal",
      remedy: "sudo kill -KILL 812",
    });
    expect(of({ uids: "1001\t1001\t1001\t1001" })?.remedy).toBe("sudo -u '#1001' kill -KILL 812");
  });

  it("may be signalled by root, and by the user that it was or can become again", () => {
    expect(of({ uids: "1001\t1001\t1001\t1001" }, 0)).toBeNull();
    expect(of({ uids: "1000\t0\t0\t0" })).toBeNull();
    expect(of({ uids: "0\t0\t1000\t0" })).toBeNull();
  });

  it("is traced: the debugger is named", () => {
    expect(of({ tracer: 4711 })).toEqual({
      kind: "traced",
      message: "traced by gdb 4711",
      remedy: "detach it there, or end that process: kill 4711",
    });
    expect(of({ tracer: 4712 })?.message).toBe("traced by process 4712");
  });

  it("is first thawed, then signalled, then detached", () => {
    const all = { frozenBy: ["/f"], uids: "0\t0\t0\t0", tracer: 4711 };
    expect(of(all)?.kind).toBe("frozen");
    expect(of({ ...all, frozenBy: [] })?.kind).toBe("other_user");
  });
});

describe("looking on this machine", () => {
  it("finds nothing that holds this process", () => {
    expect(findObstacle(process.pid)).toBeNull();
  });

  it("finds nothing where there is no process", () => {
    expect(findObstacle(2 ** 22 + 1)).toBeNull();
  });
});
