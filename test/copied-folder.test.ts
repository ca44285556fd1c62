import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Repaired } from "../src/contract/rescue.ts";
import { fromEvents, untilTerminal } from "./containment/observation.ts";
import { PrivateServer } from "./containment/private-server.ts";
import { documents, holdfast } from "./rescue-program.ts";

/** `cp -a` of a state folder: the records of the copy name the original's processes. */
describe("a copy of a state folder", () => {
  let original: PrivateServer;
  let copy: PrivateServer;
  let running: number;
  let waiting: number;
  const env = { PATH: process.env["PATH"] ?? "" };

  beforeEach(async () => {
    original = await PrivateServer.start({ cgroup: "auto" });
    // Another file system, so that a move is a copy and a removal.
    copy = new PrivateServer({ cgroup: "auto", under: "/dev/shm" });
    const { client, connection } = original;
    running = (await client.submit({ command: ["sleep", "600"], cwd: "/", env })).job.id;
    await fromEvents(connection, running, ({ state }) => (state === "running" ? 1 : undefined));
    const held = { command: ["true"], cwd: "/", env, held: true };
    waiting = (await client.submit(held)).job.id;
  });
  afterEach(async () => {
    await copy.kill("SIGTERM");
    // Beside it, what the copy names is not the copy's to end.
    await original.end();
    await copy.end();
  });

  function copied(): void {
    execFileSync("cp", ["-a", `${original.stateDir}/.`, copy.stateDir]);
  }

  async function endedInOriginal(): Promise<void> {
    await original.client.cancel(running, 1000);
    await untilTerminal(original.connection, running);
    await original.kill("SIGTERM");
  }

  test("started beside the original: it is recognised, and its job is neither judged nor signalled", async () => {
    copied();
    await expect(copy.start()).rejects.toThrow("state_folder_copied");
    for (const args of [
      ["emergency-stop", "--all"],
      ["emergency-stop", "--dry-run", String(running)],
      ["repair"],
      ["repair", "--this-copy"],
      ["import", "/dev/null"],
    ]) {
      const { code, stderr } = await holdfast(copy, ...args);
      expect({ args, code, stderr }).toEqual({
        args,
        code: 73,
        stderr: expect.stringContaining(original.stateDir),
      });
    }
    // Nor does it lead to the original's server.
    const cancelled = await holdfast(copy, "cancel", String(running));
    expect(cancelled.code).not.toBe(0);
    expect((await original.client.show(running)).state).toBe("running");
    // The original is what it was, also for its next server.
    await original.kill("SIGTERM");
    await original.start();
    await fromEvents(original.connection, running, () => 1);
    expect((await original.client.show(running)).state).toBe("running");
  });

  test("recognised by what runs also where its record is lost, or the original was moved away", async () => {
    copied();
    rmSync(`${copy.stateDir}/folder.json`);
    await expect(copy.start()).rejects.toThrow("state_folder_copied");
  });

  test("once nothing of it runs, a person can state that the copy is used", async () => {
    await endedInOriginal();
    copied();
    await expect(copy.start()).rejects.toThrow("holdfast repair --this-copy");
    const { code, stdout } = await holdfast(copy, "repair", "--this-copy", "--json");
    expect(code).toBe(0);
    const [repaired] = documents<Repaired>(stdout);
    expect(repaired?.what).toContain(`this copy of ${original.stateDir} is used from now on`);
    await copy.start();
    expect((await copy.client.show(running)).state).toBe("cancelled");
    const { job } = await copy.client.submit({ command: ["true"], cwd: "/", env });
    await untilTerminal(copy.connection, job.id);
    // From now on both are state folders of their own.
    await original.start();
    expect((await original.client.health()).warnings.join()).not.toContain("copy");
  });

  test("moved to another file system, or put back from a backup: it is used, and that is reported", async () => {
    await endedInOriginal();
    copied();
    rmSync(original.stateDir, { recursive: true });
    await copy.start();
    expect((await copy.client.health()).warnings.join()).toContain(`was at ${original.stateDir}`);
    await copy.client.release(waiting);
    await untilTerminal(copy.connection, waiting);
    await copy.kill("SIGTERM");
    await copy.start();
    expect((await copy.client.health()).warnings.join()).not.toContain(original.stateDir);
    await copy.kill("SIGTERM");
    execFileSync("cp", ["-a", copy.stateDir, original.stateDir]);
    execFileSync("rm", ["-rf", copy.stateDir]);
    await original.start();
    expect((await original.client.show(waiting)).state).toBe("succeeded");
  });
});
