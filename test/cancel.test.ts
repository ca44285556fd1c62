import { describe, expect, it } from "vitest";
import { hasScikitLearn } from "./harness/requirements.ts";
import { untilAnswered } from "./containment/live-process.ts";
import { throughClient } from "./harness/command.ts";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

/** Ignores TERM, and prints `ready` once it does. */
const stubborn = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"];

async function submitReady(...args: string[]): Promise<string> {
  const id = String(await holdfast.submit(...args));
  const logs = holdfast.start(["logs", "-f", id]);
  await logs.says(/ready/);
  logs.interrupt();
  await logs.ended;
  return id;
}

describe("cancel", () => {
  it("returns when nothing of the job lives", async () => {
    const id = await submitReady("sh", "-c", "sleep 61 & sleep 62 & echo ready; wait");
    expect(holdfast.jobProcesses().length).toBeGreaterThanOrEqual(3);
    const { code, stderr } = await holdfast.run("cancel", id);
    expect(holdfast.jobProcesses()).toEqual([]);
    expect(stderr).toMatch(/job \d+ sh cancelled after/);
    expect(code).toBe(0);
  });

  it("kills processes that ignore the signal when the grace period is over", async () => {
    const id = await submitReady(...stubborn);
    const { code, stderr } = await holdfast.run("cancel", id, "--grace", "300ms");
    expect(stderr).toContain("stopping: TERM sent");
    expect(code).toBe(0);
    const receipt = JSON.parse((await holdfast.run("receipt", id, "--json")).stdout) as object;
    expect(receipt).toMatchObject({ state: "cancelled", outcome: { signal: 9 } });
  });

  it.skipIf(!hasScikitLearn)("leaves no worker of a grid search over joblib behind", async () => {
    const command = holdfast.start(["run", "examples/train_sklearn.py"]);
    const [, id = ""] = await command.says(/job (\d+) train_sklearn/);
    await command.says(/^fit .* accuracy/m);
    const busy = holdfast.jobProcesses().filter(({ command: name }) => name.startsWith("python3"));
    expect(busy.length).toBeGreaterThan(2);
    expect((await holdfast.run("cancel", id)).code).toBe(0);
    expect((await command.ended).code).toBe(130);
    expect(holdfast.jobProcesses()).toEqual([]);
  });

  it("saves the checkpoint of a job that knows how to stop", async () => {
    const command = holdfast.start(["run", "python3", "examples/train.py"]);
    const [, id = ""] = await command.says(/job (\d+) train\.py/);
    await command.says(/epoch 1\//);
    expect((await holdfast.run("cancel", id)).code).toBe(0);
    expect((await command.ended).stdout).toMatch(/stopped after epoch \d+/);
  });

  it("fails with --no-wait while the end is not proven", async () => {
    const id = await submitReady("--grace", "10m", ...stubborn);
    const { code, stderr } = await holdfast.run("cancel", id, "--no-wait");
    expect(stderr).toContain("holdfast: The end of the job is not proven yet");
    expect(code).toBe(1);
    expect((await holdfast.run("kill", id)).code).toBe(0);
  });

  it("says when a longer grace is not granted, and so does the receipt", async () => {
    const id = await submitReady("--grace", "10m", ...stubborn);
    const { attempt } = await holdfast.show(Number(id));
    // The keeper's orderly stop, as when the machine is shut down.
    process.kill(attempt?.keeperPid ?? 0, "SIGTERM");
    while ((await holdfast.show(Number(id))).state !== "stopping");
    const { stderr } = await holdfast.run("cancel", id, "--grace", "20m", "--no-wait");
    expect(stderr).toContain("the stop was not prolonged: the machine is being shut down");
    expect((await holdfast.run("kill", id)).code).toBe(0);
    const { stdout } = await holdfast.run("receipt", id);
    expect(stdout).toContain("grace 20m 0s, not granted (the machine is being shut down");
  });

  it("continues when the waiting is interrupted", async () => {
    const id = await submitReady("--grace", "10m", ...stubborn);
    const waiting = holdfast.start(["cancel", id]);
    await waiting.says(/stopping: TERM sent/);
    waiting.interrupt();
    expect((await waiting.ended).code).toBe(1);
    expect((await holdfast.show(Number(id))).state).toBe("stopping");
    await holdfast.run("kill", id);
  });

  it("takes several jobs; an ended job is not an error and does not keep the others from being cancelled", async () => {
    const done = String(await holdfast.submit("true"));
    await holdfast.run("wait", done);
    const first = await submitReady("sh", "-c", "echo ready; exec sleep 60");
    const second = await submitReady("sh", "-c", "echo ready; exec sleep 60");
    const { code, stderr } = await holdfast.run("cancel", `${done},${first}-${second}`);
    expect(stderr).toContain(`Job ${done} has already succeeded.`);
    expect(stderr).toContain(`job ${second} sh cancelled`);
    expect(code).toBe(0);
    expect((await holdfast.show(Number(first))).state).toBe("cancelled");
  });

  it("ends a job that waits, without a process", async () => {
    const id = String(await holdfast.submit("--hold", "sleep", "60"));
    expect((await holdfast.run("cancel", id)).code).toBe(0);
    expect((await holdfast.show(Number(id))).startedAtMs).toBeNull();
  });

  it("shows the stop on a terminal while it lasts", async () => {
    const id = await submitReady("--grace", "2s", ...stubborn);
    const waiting = holdfast.startOnTerminal(["cancel", id]);
    await waiting.says(/stopping: TERM sent \d s ago, \d of \d processes left .*KILL in 1 s/);
    expect((await waiting.ended).code).toBe(0);
  });
});

describe("a job that is stopping", () => {
  const minute = 60_000;
  /** Null until the keeper has answered a server that has just started. */
  const killInMs = async (id: string): Promise<number> => {
    let found: number | null | undefined;
    const isKnown = async () => {
      found = (await holdfast.show(Number(id))).stopping?.killInMs;
      return typeof found === "number";
    };
    await untilAnswered(isKnown, () => `KILL in ${found} ms`);
    return found ?? Number.NaN;
  };

  /** Cancels and waits until the stop shows that time to KILL. */
  const cancelled = async (id: string, args: string[], shows: RegExp): Promise<void> => {
    const waiting = holdfast.startOnTerminal(["cancel", id, ...args]);
    await waiting.says(shows);
    waiting.interrupt();
    await waiting.ended;
  };

  it("gets more time, or less, by a grace that is named, and none by a cancel without one", async () => {
    const id = await submitReady("--grace", "50m", ...stubborn);
    await cancelled(id, ["--grace", "10m"], /KILL in (9|10) m /);
    await cancelled(id, [], /KILL in (9|10) m /);
    await cancelled(id, ["--grace", "30m"], /KILL in (29|30) m /);
    await cancelled(id, ["--grace", "20m"], /KILL in (19|20) m /);
    expect((await holdfast.run("kill", id)).code).toBe(0);
  });

  it("keeps its deadline over a restart of the server, whatever the wall clock says", async () => {
    const id = await submitReady("--grace", "20m", ...stubborn);
    await cancelled(id, [], /KILL in (19|20) m /);
    await cancelled(id, ["--grace", "40m"], /KILL in (39|40) m /);
    holdfast.env["HOLDFAST_CLOCK_OFFSET_MS"] = String(24 * 60 * minute);
    expect((await holdfast.run("server", "restart")).code).toBe(0);
    delete holdfast.env["HOLDFAST_CLOCK_OFFSET_MS"];
    const leftMs = await killInMs(id);
    expect(leftMs).toBeGreaterThan(30 * minute);
    expect(leftMs).toBeLessThanOrEqual(40 * minute);
    expect((await holdfast.run("kill", id)).code).toBe(0);
    expect((await holdfast.run("server", "restart")).code).toBe(0);
  });

  it("is killed after a second, shorter cancel", async () => {
    const id = await submitReady("--grace", "50m", ...stubborn);
    await cancelled(id, ["--grace", "10m"], /KILL in (9|10) m /);
    // By this server's clock the shorter grace was over long ago, if it counted from the first cancel.
    holdfast.env["HOLDFAST_CLOCK_OFFSET_MS"] = String(5 * minute);
    expect((await holdfast.run("server", "restart")).code).toBe(0);
    delete holdfast.env["HOLDFAST_CLOCK_OFFSET_MS"];
    await cancelled(id, ["--grace", "2m"], /KILL in [12] m /);
    expect((await holdfast.run("kill", id)).code).toBe(0);
    const receipt = JSON.parse((await holdfast.run("receipt", id, "--json")).stdout) as {
      stopRequests: { graceMs: number; client: { uid: number; pid: number; command: string } }[];
    };
    expect(receipt.stopRequests.map(({ graceMs }) => graceMs)).toEqual([
      10 * minute,
      2 * minute,
      0,
    ]);
    for (const { client } of receipt.stopRequests) {
      expect(client.uid).toBe(process.getuid?.());
      // After a restart of the server the first commands through the client still go to Node.
      expect(client.command).toMatch(throughClient ? /^(holdfast-client$|node )/ : /^node /);
    }
    expect(receipt.stopRequests.at(-1)?.client).toMatchObject({ parent: { pid: process.pid } });
    expect((await holdfast.run("receipt", id)).stdout).toContain("stop requests");
  });

  it("says nothing about processes that were not counted yet", async () => {
    const id = await submitReady("--grace", "10m", ...stubborn);
    const { stderr } = await holdfast.run("cancel", id, "--no-wait");
    expect(stderr).toContain("It is still being stopped");
    expect(stderr).not.toContain("0 of 0");
    await holdfast.run("kill", id);
  });
});

describe("kill", () => {
  it("ends a job at once", async () => {
    const id = await submitReady("--grace", "10m", ...stubborn);
    expect((await holdfast.run("kill", id)).code).toBe(0);
    expect(holdfast.jobProcesses()).toEqual([]);
  });

  it("shortens a stop that is under way", async () => {
    const id = await submitReady("--grace", "10m", ...stubborn);
    const waiting = holdfast.start(["cancel", id]);
    await waiting.says(/stopping: TERM sent/);
    expect((await holdfast.run("kill", id)).code).toBe(0);
    expect((await waiting.ended).code).toBe(0);
  });
});
