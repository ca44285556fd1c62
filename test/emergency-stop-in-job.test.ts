import { resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PrivateServer } from "./harness/private-server.ts";

/** Stopping the command's own job first would end the command before the other jobs had ended. */

const cli = `'${process.execPath}' -- '${resolve(import.meta.dirname, "../build/cli.cjs")}'`;

let holdfast: PrivateServer;
beforeEach(() => {
  holdfast = new PrivateServer();
});
afterEach(async () => {
  await holdfast.remove();
  await holdfast.expectNothingLeft();
});

describe.each(["auto", "off"])("emergency-stop inside a job, with groups %s", (cgroup) => {
  beforeEach(async () => {
    holdfast.env["HOLDFAST_CONTAINMENT_CGROUP"] = cgroup;
    await holdfast.up();
  });
  const states = async () => {
    const { stdout } = await holdfast.run("ls", "--json");
    const { jobs } = JSON.parse(stdout) as { jobs: { id: number; state: string }[] };
    return jobs.map(({ id, state }) => `${id} ${state}`).toSorted();
  };

  it("stops the other jobs first, reports their ends, and then stops its own job", async () => {
    // Slower to end than the command's own job.
    const first = await holdfast.submit(
      "sh",
      "-c",
      "trap 'sleep 0.3; exit' TERM; sleep 1000 & wait",
    );
    const { stdout } = await holdfast.run(
      "run",
      "sh",
      "-c",
      `${cli} emergency-stop --all; sleep 9`,
    );
    expect(stdout).toMatch(/^job 1 .*: stopped by its keeper$/m);
    expect(stdout).toMatch(/^job 2 .*: is stopped last\n {2}this command is part of it/m);
    await holdfast.run("wait", String(first), "2");
    expect(await states()).toEqual(["1 cancelled", "2 cancelled"]);
  });

  it("does the same for jobs that are named", async () => {
    await holdfast.submit("sleep", "1000");
    const script = `${cli} emergency-stop 1,2; sleep 9`;
    const { stdout } = await holdfast.run("run", "sh", "-c", script);
    expect(stdout).toMatch(/^job 1 .*: stopped by its keeper$/m);
    await holdfast.run("wait", "1", "2");
    expect(await states()).toEqual(["1 cancelled", "2 cancelled"]);
  });
});
