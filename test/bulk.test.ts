import { describe, expect, it } from "vitest";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

/** Ids of jobs that run, each with a child of its own. */
async function running(count: number, ...args: string[]): Promise<string[]> {
  const command = ["sh", "-c", "sleep 600 & echo ready; sleep 600"];
  const ids = Array.from({ length: count }, async () => {
    const id = String(await holdfast.submit(...args, ...command));
    const logs = holdfast.start(["logs", "-f", id]);
    await logs.says(/ready/);
    logs.interrupt();
    await logs.ended;
    return id;
  });
  return await Promise.all(ids);
}

const documents = (stdout: string) =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: number; state: string });

describe("kill and cancel of many jobs", () => {
  it("--all stops every job that has not ended, in one command", async () => {
    await running(6);
    const held = await holdfast.submit("--hold", "true");
    const { code, stdout } = await holdfast.run("kill", "--all", "--yes", "--json");
    expect(code).toBe(0);
    expect(holdfast.jobProcesses()).toEqual([]);
    const ended = documents(stdout);
    expect(ended).toHaveLength(7);
    expect(ended.every(({ state }) => state === "cancelled")).toBe(true);
    expect(ended.map(({ id }) => id)).toContain(held);
    const again = await holdfast.run("kill", "--all", "--yes");
    expect(again).toMatchObject({ code: 0, stderr: "no job matches; nothing was done\n" });
  });

  it("--tag and --state select, and leave the others alone", async () => {
    const [inside = ""] = await running(1, "--tag", "sweep");
    const [outside = ""] = await running(1);
    const waiting = String(await holdfast.submit("--tag", "sweep", "--hold", "true"));
    const dry = await holdfast.run("cancel", "--tag", "sweep", "--dry-run");
    expect(dry.stdout).toContain(`would cancel job ${inside} sh: it is running, has the tag sweep`);
    expect(dry.stderr).toBe("dry run: 2 jobs; nothing was changed\n");
    expect((await holdfast.run("cancel", "--tag", "sweep", "--state", "held")).code).toBe(0);
    expect((await holdfast.show(Number(waiting))).state).toBe("cancelled");
    expect((await holdfast.show(Number(inside))).state).toBe("running");
    expect((await holdfast.run("cancel", "--tag", "sweep")).code).toBe(0);
    expect((await holdfast.show(Number(outside))).state).toBe("running");
    expect((await holdfast.run("kill", outside)).code).toBe(0);
  });

  it("of an ended job is not an error", async () => {
    const id = await holdfast.ended("false");
    const { code, stderr } = await holdfast.run("cancel", id);
    expect(stderr).toBe(`Job ${id} has already failed.\n`);
    expect(code).toBe(0);
  });

  it("two at the same time both end with 0", async () => {
    await running(4);
    const [one, other] = await Promise.all([
      holdfast.run("kill", "--all", "--yes"),
      holdfast.run("cancel", "--all", "--yes"),
    ]);
    expect([one.code, other.code]).toEqual([0, 0]);
    expect(holdfast.jobProcesses()).toEqual([]);
  });

  it("--all asks on a terminal", async () => {
    const [id = ""] = await running(1);
    const asking = holdfast.startOnTerminal(["kill", "--all"]);
    await asking.says(/kill 1 job \(1 running\)\?\s+type yes: /);
    asking.type("no\r");
    expect((await asking.ended).code).toBe(1);
    expect((await holdfast.show(Number(id))).state).toBe("running");
    const again = holdfast.startOnTerminal(["kill", "--all"]);
    await again.says(/type yes: /);
    again.type("yes\r");
    expect((await again.ended).code).toBe(0);
    expect((await holdfast.show(Number(id))).state).toBe("cancelled");
  });
});

it("pause and resume take the same selectors", async () => {
  const ids = await running(2, "--tag", "gang");
  expect((await holdfast.run("pause", "--tag", "gang")).stderr).toContain("2 jobs paused\n");
  for (const id of ids) expect((await holdfast.show(Number(id))).state).toBe("paused");
  expect((await holdfast.run("resume", "--tag", "gang")).stderr).toContain("2 jobs resumed\n");
  expect((await holdfast.run("kill", "--tag", "gang")).code).toBe(0);
});

it("rm --ended removes ended jobs and leaves the others", async () => {
  const failed = await holdfast.ended("false");
  const held = await holdfast.submit("--hold", "true");
  expect((await holdfast.run("rm", "--state", "failed", "--older-than", "1h")).code).toBe(0);
  expect((await holdfast.run("show", failed)).code).toBe(0);
  expect((await holdfast.run("rm", "--ended", "--yes")).code).toBe(0);
  const { stdout } = await holdfast.run("ls", "--all", "--json");
  expect((JSON.parse(stdout) as { jobs: object[] }).jobs).toMatchObject([{ id: held }]);
  await holdfast.run("cancel", String(held));
});
