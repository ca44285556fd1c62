import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Holders } from "../../src/client/client.ts";
import { childrenOf, liveProcess, until } from "../containment/live-process.ts";
import { hasPodman, Podman } from "../harness/podman.ts";
import { startedServer } from "../harness/started-server.ts";
import { endChild } from "./orphan.ts";
import { atOnce, plan, scan } from "./settings.ts";

/**
 * From outside, a detached container samples the same as a container whose client was killed, so
 * neither is suspected.
 */
describe.runIf(hasPodman)("a podman container with a PID namespace of its own", () => {
  const holdfast = startedServer(atOnce);
  const podman = new Podman();
  beforeAll(() => podman.make());
  afterAll(() => podman.remove());

  // A child of the first process, and a process whose parent in the container has ended.
  const inside = ["sh", "-c", "(setsid sleep 601 &); sleep 602 & wait"];
  const options = ["--network=none", "--rootfs", podman.root, ...inside];

  /** Its first process, as seen from outside; resolves when all processes exist. */
  async function firstOf(name: string): Promise<number> {
    let pid = 0;
    await until(() => {
      pid = Number(podman.ask("inspect", "--format", "{{.State.Pid}}", name)) || 0;
      return pid > 0 && childrenOf(pid).length === 2;
    });
    return pid;
  }

  async function expectInnocent(name: string): Promise<void> {
    const pid = await firstOf(name);
    const pids = [pid, ...childrenOf(pid).map((child) => child.pid)];
    const suspects = await scan(holdfast);
    const suspected = new Set(suspects.flatMap(({ processes }) => processes.map((one) => one.pid)));
    expect(pids.filter((one) => suspected.has(one))).toEqual([]);
    expect((await plan(holdfast, ...pids)).trees).toEqual([]);
    const { stdout } = await holdfast.run("holders", `pid:${pids[1]}`, "--json");
    const id = podman.ask("inspect", "--format", "{{.Id}}", name).slice(0, 12);
    expect((JSON.parse(stdout) as Holders).holders).toMatchObject([
      { owner: `podman container ${id}`, hint: `podman stop ${id}` },
    ]);
  }

  test("that was detached is not suspected, and holdfast holders names it", async () => {
    podman.ask("run", "--detach", "--name", "detached", ...options);
    await expectInnocent("detached");
  });

  test("whose client was killed is not suspected either", async () => {
    const client = spawn("podman", ["run", "--name", "left", ...options], {
      env: { ...process.env, ...podman.env },
      stdio: "ignore",
    });
    const pid = await firstOf("left");
    await endChild(client);
    expect(liveProcess(pid).pid).toBe(pid);
    await expectInnocent("left");
  });
});
