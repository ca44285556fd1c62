import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { Receipt } from "../src/client/client.ts";
import { longestWaitMs } from "./harness/longest-wait.ts";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

/** Its main process saves with the help of its workers, as many trainings do. */
const pool = `
import os, signal, sys, time
from concurrent.futures import ProcessPoolExecutor
stop = False
def asked(number, frame):
    global stop
    stop = True
def work(n):
    time.sleep(0.02)
    return n
if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(work, range(4)))
        # After its workers have started: they keep the default and end at SIGTERM.
        signal.signal(signal.SIGTERM, asked)
        print("ready", flush=True)
        try:
            while not stop:
                list(pool.map(work, range(4)))
            print("saved", sum(pool.map(work, range(4))), flush=True)
        except Exception as error:
            print("lost", type(error).__name__, flush=True)
            # Until the test has seen that: the keeper has recorded the ends of the workers by then.
            while len(sys.argv) > 1 and not os.path.exists(sys.argv[1]):
                time.sleep(0.01)
            sys.exit(1)
`;

/** Counts the signals that it gets, and takes its time to save. */
const counter = `
import os, signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("ready", flush=True)
signal.sigwait([signal.SIGTERM])
again = signal.sigtimedwait([signal.SIGTERM], 0.5)
print("saved", "after one" if again is None else "after two", flush=True)
`;

async function ready(args: string[]) {
  const command = holdfast.start(["run", ...args]);
  const [, id = ""] = await command.says(/job (\d+) /);
  await command.says(/ready/);
  return { command, id };
}

async function receiptOf(id: string): Promise<Receipt> {
  return JSON.parse((await holdfast.run("receipt", id, "--json")).stdout) as Receipt;
}

async function cancelled(...args: string[]): Promise<{ output: string; receipt: Receipt }> {
  const { command, id } = await ready(["--grace", "60s", ...args]);
  expect((await holdfast.run("cancel", id)).code).toBe(0);
  const output = (await command.ended).stdout;
  return { output, receipt: await receiptOf(id) };
}

describe("a cancel", () => {
  it("lets a main process save with its workers", async () => {
    const { output, receipt } = await cancelled("python3", "-c", pool);
    expect(output).toContain("saved 6");
    expect(receipt.stopHint ?? null).toBeNull();
  });

  it("says what to change where the workers ended first", async () => {
    const go = join(holdfast.stateDir, "go");
    const asked = ["--grace", "60s", "--stop-scope", "all", "python3", "-c", pool, go];
    const { command, id } = await ready(asked);
    const cancel = holdfast.start(["cancel", id]);
    await command.says(/lost BrokenProcessPool/);
    // Until the keeper has seen that they are gone, it cannot say that they ended first.
    const left = async () => (await holdfast.show(Number(id))).stopping?.left;
    await vi.waitUntil(async () => (await left()) === 1, { timeout: longestWaitMs, interval: 50 });
    writeFileSync(go, "");
    expect((await cancel.ended).code).toBe(0);
    await command.ended;
    const receipt = await receiptOf(id);
    expect(receipt.stopHint).toContain("--stop-scope main-first");
    const page = await holdfast.run("receipt", String(receipt.jobId));
    expect(page.stdout).toContain("--stop-scope main-first");
    const shown = await holdfast.run("show", String(receipt.jobId));
    expect(shown.stdout).toMatch(/hint .*--stop-scope main-first/);
    expect((await holdfast.show(receipt.jobId)).hints).toMatchObject([{ code: "stop_scope" }]);
  });

  it("reaches the program that a shell without a trap has started", async () => {
    const { output } = await cancelled("sh", "-c", `python3 -c '${counter}'; true`);
    expect(output).toContain("saved after one");
  });

  // Without --foreground, timeout signals its program and then its whole group: twice.
  it("reaches the program behind a wrapper that passes signals on, once", async () => {
    const { output } = await cancelled("timeout", "--foreground", "1000", "python3", "-c", counter);
    expect(output).toContain("saved after one");
  });
});

it("the default is a setting", async () => {
  const shown = await holdfast.show(await holdfast.submit("--hold", "true"));
  expect(shown.spec.stopScope).toBe("main-first");
  await holdfast.run("cancel", String(shown.id));
});
