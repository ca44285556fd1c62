import { closeSync, constants, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { JobRequest, Receipt } from "../../src/client/client.ts";
import { isRoot, tiersHere, tierSettings } from "../containment/expected.ts";
import { killLive, liveProcess } from "../containment/live-process.ts";
import { fromEvents, untilLines, untilTerminal } from "../containment/observation.ts";
import { PrivateServer } from "../containment/private-server.ts";
import { Stage } from "../containment/stage.ts";
import { claimOf, receiptDifferences } from "./observed-job.ts";
import type { Life } from "./lives.ts";
import { ProcessEvents } from "./process-events.ts";

/** Receipts compared with the kernel's own report of the same processes. */
describe.runIf(isRoot).each(tiersHere)("a receipt on the tier %s", (tier) => {
  let server: PrivateServer;
  let stage: Stage;
  let events: ProcessEvents;

  beforeAll(async () => {
    server = await PrivateServer.start({ cgroup: tierSettings[tier] });
    events = await ProcessEvents.start();
  });
  afterAll(async () => {
    await server.end();
    await events.end();
  });
  beforeEach(async () => {
    stage = await Stage.set(server);
  });
  afterEach(() => stage.clear());

  /** Runs a script as a job; `$DIR` is a folder of its own. Resolves at its line `ready`. */
  async function play(script: string, more: Partial<JobRequest> = {}): Promise<number> {
    const { job } = await server.client.submit({
      command: ["/bin/bash", "-c", script],
      cwd: "/",
      graceMs: 30_000,
      env: { PATH: process.env["PATH"] ?? "", DIR: server.folder },
      ...more,
    });
    await untilLines(server.connection, job.id, (lines) => lines.includes("ready"));
    return job.id;
  }

  async function ended(id: number, how: () => Promise<unknown>): Promise<Receipt> {
    const over = untilTerminal(server.connection, id);
    await how();
    await over;
    const receipt = await stage.receipt(id);
    return receipt;
  }

  const attemptOf = async (id: number) => (await server.client.show(id)).attempt?.id ?? null;
  const differences = (receipt: Receipt, movedIn: Life[] = []) =>
    receiptDifferences(events, server.stateDir, receipt, movedIn);

  test("names every process that KILL ended, whichever of them reaped another", async () => {
    for (let round = 0; round < 10; round++) {
      const id = await play(`sh -c 'sleep 1000 & echo ready; wait; :'; :`);
      const receipt = await ended(id, () => server.client.kill(id));
      expect(await differences(receipt)).toEqual([]);
      expect(receipt.processes).toHaveLength(3);
    }
  });

  test("dates a child that its parent reaped before the stop to the time before the stop", async () => {
    // The keeper inspects the tree when it is paused: the child lives then, and ends when it continues.
    const id = await play(
      `mkfifo $DIR/go; (echo ready; read x < $DIR/go; exit 7) & wait; echo reaped; exec sleep 1000`,
    );
    await server.client.pause(id);
    await fromEvents(server.connection, id, ({ state }) => (state === "paused" ? true : undefined));
    await server.client.resume(id);
    // Open for both, so that it waits for no reader.
    const go = openSync(join(server.folder, "go"), constants.O_RDWR);
    writeSync(go, "\n");
    await untilLines(server.connection, id, (lines) => lines.includes("reaped"));
    closeSync(go);
    const receipt = await ended(id, () => server.client.cancel(id));
    expect(await differences(receipt)).toEqual([]);
    expect(receipt.ended).toMatchObject({ term: 1, kill: 0, unknown: 0 });
  });

  test("says of a zombie that it ended without a signal of Holdfast before the stop, and with which status", async () => {
    const id = await play(
      `python3 -c '
import os, time
if os.fork() == 0: os._exit(5)
os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
print("ready", flush=True)
time.sleep(1000)'`,
    );
    const receipt = await ended(id, () => server.client.cancel(id));
    expect(await differences(receipt)).toEqual([]);
    expect(receipt.processes).toContainEqual(
      expect.objectContaining({ how: "self", code: 5, signal: null }),
    );
    expect(receipt.ended).toMatchObject({ kill: 0, unknown: 0 });
  });

  test("names what was ended when the keeper was killed, and that more may have been", async () => {
    const id = await play(`sleep 1000 & setsid sleep 1000 & (sleep 1000 &) ; echo ready; wait`);
    const { attempt } = await server.client.show(id);
    const receipt = await ended(id, () => killLive(liveProcess(attempt?.keeperPid ?? 0)));
    expect(receipt.state).toBe("lost");
    expect(await differences(receipt)).toEqual([]);
    const listed = new Set(receipt.processes.map(({ pid }) => pid));
    const tree = await events.endedTree(
      claimOf(server.stateDir, receipt.attempt)?.payload.pid ?? 0,
    );
    const killed = tree.filter(({ signal }) => signal === 9);
    expect(killed).toHaveLength(4);
    // A parent that waits reaps a child although KILL has been sent to both; then no other process learns of it.
    const orphans = killed.filter(({ endedUs, parent }) => (endedUs ?? 0) > (parent?.endedUs ?? 0));
    expect(orphans.map(({ pid }) => pid).filter((pid) => !listed.has(pid))).toEqual([]);
    expect(listed).toContain(tree[0]?.pid);
    expect(receipt.processesMayLack).not.toEqual([]);
  });

  if (tier !== "cgroup") return;

  test("names a process that was moved in from outside", async () => {
    const id = await play(`cut -d: -f3 /proc/self/cgroup | tail -n 1; echo ready; exec sleep 1000`);
    const movedIn = spawn("sleep", ["1000"]);
    await once(movedIn, "spawn");
    const group = claimOf(server.stateDir, await attemptOf(id))?.cgroup ?? "";
    writeFileSync(join(group, "cgroup.procs"), String(movedIn.pid));
    const gone = once(movedIn, "exit");
    const receipt = await ended(id, () => server.client.kill(id));
    await gone;
    await events.mark();
    const life = events.lives.withPid(movedIn.pid ?? 0);
    expect(await differences(receipt, life === undefined ? [] : [life])).toEqual([]);
    expect(receipt.processes.map(({ pid }) => pid)).toContain(movedIn.pid);
    expect(receipt.processesMayLack).toHaveLength(2);
  });
});
