import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Gpus, Job } from "../src/client/client.ts";
import type { Receipt } from "../src/contract/receipt.ts";
import { readStat } from "../src/processes/proc-stat.ts";
import { listProcesses } from "../src/processes/process-table.ts";
import { gpuLine, libraryOf, Script, uuidOf } from "./gpu/stub.ts";
import { longestWaitMs } from "./harness/longest-wait.ts";
import { startedServer } from "./harness/started-server.ts";

const gib = 2 ** 30;
const script = new Script(gpuLine(0), gpuLine(1));
const holdfast = startedServer({
  HOLDFAST_GPUS_LIBRARY: libraryOf("whole"),
  HOLDFAST_GPUS_PROBE_TIMEOUT: "3s",
  // Two checks two seconds apart have to fit in on a slow machine.
  HOLDFAST_GPUS_RELEASE_WAIT: "4s",
  NVML_STUB: script.path,
});
const started: ChildProcess[] = [];
const polling = { timeout: longestWaitMs, interval: 50 };

/** A job's payload that takes memory as CUDA would: on the driver's list for as long as it lives. */
const takesMemory = (more: string) => [
  "sh",
  "-c",
  `echo "process 0 compute $$ ${gib}" >>"$NVML_STUB"; ${more}`,
];

beforeEach(() => {
  script.become(gpuLine(0), gpuLine(1));
  rmSync(`${script.path}.hung`, { force: true });
});
afterEach(async () => {
  for (const child of started.splice(0)) await end(child);
});
afterAll(() => script.remove());

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

async function gpus(): Promise<Gpus> {
  return JSON.parse((await holdfast.run("gpus", "--json")).stdout) as Gpus;
}

async function receiptOf(id: number): Promise<Receipt> {
  return JSON.parse((await holdfast.run("receipt", "--json", String(id))).stdout) as Receipt;
}

async function becomes(id: number, wanted: (job: Job) => boolean): Promise<Job> {
  let job = await holdfast.show(id);
  await vi.waitUntil(async () => wanted((job = await holdfast.show(id))), polling);
  return job;
}

/** A process that has a job's cookie but is not one of its processes, as if a daemon had started it for the job. */
function outsider(attempt: string): ChildProcess & { pid: number } {
  const child = spawn("sleep", ["600"], { env: { ...process.env, HOLDFAST_ATTEMPT: attempt } });
  started.push(child);
  return child as ChildProcess & { pid: number };
}

test("a GPU is shown with the job that holds it, and its receipt says that it was given back", async () => {
  const id = await holdfast.submit("--gpus", "1", "--", ...takesMemory("sleep 600"));
  const { attempt } = await becomes(id, ({ state }) => state === "running");
  await vi.waitUntil(async () => (await gpus()).gpus[0]?.holders.length === 1, polling);
  expect(await gpus()).toMatchObject({
    probe: { source: "nvml", state: "ok" },
    gpus: [
      {
        uuid: uuidOf(0),
        jobId: id,
        assignable: true,
        memory: { usedBytes: gib },
        holders: [
          { pid: attempt?.pid, usedBytes: gib, jobId: id, jobEnded: false, owner: `job ${id}` },
        ],
      },
      { uuid: uuidOf(1), jobId: null, withheld: null, holders: [] },
    ],
  });
  const { stdout } = await holdfast.run("gpus");
  expect(stdout).toMatch(/^ +0 +NVIDIA H200 +1GiB of 140GiB +0% +38\S+C +83W +nothing +job \d+$/m);
  expect(stdout).toMatch(new RegExp(`^ +0 +${attempt?.pid} +1GiB +job ${id} +nvml-compute `, "m"));
  await holdfast.run("cancel", String(id));
  const receipt = await receiptOf(id);
  expect(receipt.gpus).toMatchObject([
    { uuid: uuidOf(0), verdict: "released", beforeBytes: 0, afterBytes: 0, excessBytes: 0 },
  ]);
  expect((await holdfast.run("receipt", String(id))).stdout).toContain("NVIDIA H200");
});

test("a GPU that a process of an ended job holds is named, and not assigned until it is free", async () => {
  const id = await holdfast.submit("--gpus", "1", "--", "sleep", "600");
  const { attempt } = await becomes(id, ({ state }) => state === "running");
  const { pid } = outsider(attempt?.id ?? "");
  script.add(`process 0 compute ${pid} ${gib}`);
  const cancelling = holdfast.start(["cancel", String(id)]);
  const stopping = await becomes(
    id,
    ({ state, stopping: now }) => state === "stopping" && (now?.gpus.length ?? 0) > 0,
  );
  expect(stopping.stopping?.gpus).toMatchObject([
    { uuid: uuidOf(0), index: 0, message: `sleep (${pid}) of this job lives and holds it` },
  ]);
  expect((await cancelling.ended).stderr).toContain(
    `GPU 0 is not free: sleep (${pid}) of this job lives and holds it; holdfast gpus shows it`,
  );
  expect((await receiptOf(id)).gpus).toMatchObject([
    { verdict: "held_by_live", excessBytes: gib, holders: [{ pid, usedBytes: gib }] },
  ]);
  const next = await holdfast.submit("--gpus", "2", "--", "true");
  const waiting = await becomes(next, ({ waiting: why }) => why?.code === "gpus");
  expect(waiting.waiting?.message).toBe(
    "wants 2 of 2 GPUs, 1 free, 1 still held by what an ended job left",
  );
  expect((await holdfast.run("gpus")).stdout).toContain(`holdfast holders gpu:0`);
  for (const child of started.splice(0)) await end(child);
  await becomes(next, ({ state }) => state === "succeeded");
});

test("the next server makes the check that a killed server had begun", async () => {
  script.become(gpuLine(0), gpuLine(1));
  const id = await holdfast.submit("--gpus", "1", "--", "sleep", "600");
  const { attempt } = await becomes(id, ({ state }) => state === "running");
  const { pid } = outsider(attempt?.id ?? "");
  script.add(`process 0 compute ${pid} ${gib}`);
  const { pid: server } = await holdfast.health();
  await holdfast.run("cancel", "--no-wait", String(id));
  await becomes(id, ({ stopping }) => (stopping?.gpus.length ?? 0) > 0);
  process.kill(server, "SIGKILL");
  for (const child of started.splice(0)) await end(child);
  await holdfast.up();
  await becomes(id, ({ state }) => state === "cancelled");
  expect((await receiptOf(id)).gpus).toMatchObject([
    { beforeBytes: 0, afterBytes: 0, verdict: "released" },
  ]);
});

test("a driver that hangs holds up no command, and its job's receipt says what is not known", async () => {
  const id = await holdfast.submit("--gpus", "1", "--", "sleep", "600");
  await becomes(id, ({ state }) => state === "running");
  script.add("hang nvmlDeviceGetMemoryInfo_v2");
  const cancelling = holdfast.start(["cancel", String(id)]);
  await becomes(id, ({ state }) => state !== "running");
  expect(await holdfast.run("ls")).toMatchObject({ code: 0 });
  await cancelling.ended;
  await becomes(id, ({ state }) => state === "cancelled");
  const [gpu] = (await receiptOf(id)).gpus ?? [];
  expect(gpu).toMatchObject({ verdict: "unknown", afterBytes: null });
  expect(gpu?.message).toContain("no answer in");
  const { code, stdout } = await holdfast.run("gpus");
  expect(code).toBe(1);
  expect(stdout).toContain("the driver: hung");
  script.become(gpuLine(0), gpuLine(1));
  await vi.waitUntil(async () => (await gpus()).probe.state === "ok", polling);
});

test("a probe that hangs does not outlive a server that is killed", async () => {
  await gpus();
  const { pid: server } = await holdfast.health();
  const probe = listProcesses().find(
    ({ ppid, comm }) => ppid === server && comm === "holdfast-gpu",
  );
  expect(probe).toBeDefined();
  script.add("hang nvmlDeviceGetTemperature");
  // The server may hang on its own sample before this command asks: then no command starts another one.
  const asking = holdfast.start(["gpus", "--no-autostart"]);
  await vi.waitUntil(() => existsSync(`${script.path}.hung`), polling);
  process.kill(server, "SIGKILL");
  await asking.ended;
  const { pid = 0, start } = probe ?? {};
  await vi.waitUntil(() => readStat(pid)?.start !== start, polling);
  script.become(gpuLine(0), gpuLine(1));
  await holdfast.up();
});

// A namespace of its own has a /dev/nvidia0 that opens; the machine's /dev stays as it is.
const holdsDevice = `
set -e
mount -t tmpfs none /mnt
mknod /mnt/null c 1 3
mknod /mnt/nvidia0 c 1 3
mount --bind /mnt /dev
exec sleep 600 9</dev/nvidia0 >/dev/null
`;

test.skipIf(process.getuid?.() !== 0)(
  "a dead process's memory that an inherited descriptor keeps is attributed to the process that has that descriptor",
  async () => {
    const id = await holdfast.submit("--gpus", "1", "--", "sleep", "600");
    const { attempt } = await becomes(id, ({ state }) => state === "running");
    const heir = spawn("unshare", ["-m", "sh", "-c", holdsDevice], { stdio: "ignore" });
    started.push(heir);
    const { pid = 0 } = heir;
    script.add(`process 0 compute ${attempt?.pid} ${gib} ${pid}`);
    await vi.waitUntil(
      async () => (await gpus()).gpus[0]?.holders.some((one) => one.pid === pid),
      polling,
    );
    await holdfast.run("cancel", String(id));
    await becomes(id, ({ state }) => state === "cancelled");
    expect((await receiptOf(id)).gpus).toMatchObject([
      {
        verdict: "held_via_inherited_fd",
        deadPids: [attempt?.pid],
        holders: [{ pid, command: "sleep 600" }],
      },
    ]);
    // A process is not killed for using a GPU.
    expect(heir.exitCode ?? heir.signalCode).toBeNull();
    await end(heir);
    await vi.waitUntil(async () => (await gpus()).gpus[0]?.withheld === null, polling);
  },
);
