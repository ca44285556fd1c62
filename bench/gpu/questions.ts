// Answers, on a machine with an NVIDIA GPU, questions that no documentation answers and that Holdfast's
// release check depends on: `node bench/gpu/questions.ts`. Takes memory of GPU 0 for a moment, changes
// nothing else, and prints text for docs/decisions.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { scanHolders } from "../../src/gpu/holders/scan.ts";
import { NvmlSession } from "../../src/gpu/nvml/session.ts";
import { openGpuProbe } from "../../src/gpu/open-probe.ts";
import type { ReadDevice } from "../../src/gpu/reading.ts";
import { gpuFields, gpuQuery } from "../../src/gpu/smi/query.ts";
import { readStat } from "../../src/processes/proc-stat.ts";
import { realClock } from "../../src/system/clock.ts";
import { runToEnd } from "../../src/system/child.ts";

const project = resolve(import.meta.dirname, "../..");
const holder = resolve(project, "build/bench/gpu-holder");
const library = process.env["HOLDFAST_GPUS_LIBRARY"] ?? null;
const session = new NvmlSession(realClock, library);
const gib = 2 ** 30;
const longestWaitMs = 30_000;

async function gpu(): Promise<ReadDevice> {
  const { devices, problem } = await session.read();
  const [first] = devices;
  if (first === undefined)
    throw new Error(`no GPU: ${problem?.message ?? "the driver lists none"}`);
  return first;
}

const usedNow = async () => (await gpu()).memory.usedBytes ?? Number.NaN;

async function take(bytes: number, ...more: string[]) {
  const child = spawn(holder, [String(bytes), ...more], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, "line"), once(child, "exit")])) as [unknown];
  const [, pid, forked] = /^ready (\d+) (\d+)$/.exec(String(line)) ?? [];
  if (pid === undefined) throw new Error("the holder could not take memory");
  return { child, pid: Number(pid), forked: Number(forked) };
}

/** SIGKILL to our own child, and until it has been reaped. */
async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** Milliseconds from now until no more than a tolerance is in use beyond `before`; null: not in the time. */
async function untilFree(before: number, tolerance: number): Promise<number | null> {
  const began = performance.now();
  while (performance.now() - began < longestWaitMs) {
    if ((await usedNow()) - before <= tolerance) return performance.now() - began;
    await delay(1);
  }
  return null;
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN).toFixed(
      2,
    );
  return `median ${at(0.5)} ms, 95 % ${at(0.95)} ms, most ${at(1)} ms (${sorted.length})`;
}

async function timeOf(times: number, body: () => unknown): Promise<string> {
  const taken: number[] = [];
  for (let round = 0; round < times; round += 1) {
    const began = performance.now();
    await body();
    taken.push(performance.now() - began);
  }
  return spread(taken);
}

async function untilRelease(bytes: number, rounds: number): Promise<void> {
  const taken: number[] = [];
  let never = 0;
  for (let round = 0; round < rounds; round += 1) {
    const before = await usedNow();
    const { child } = await take(bytes);
    await kill(child);
    const ms = await untilFree(before, 32 * 2 ** 20);
    if (ms === null) never += 1;
    else taken.push(ms);
  }
  console.log(
    `- ${bytes / gib} GiB, from the reaped SIGKILL until free: ${spread(taken)}; never in 30 s: ${never}`,
  );
}

async function forkedChild(): Promise<void> {
  const before = await usedNow();
  const { child, pid, forked } = await take(gib, "fork");
  const start = readStat(forked)?.start;
  await kill(child);
  for (const atMs of [0, 100, 1000, 5000]) {
    await delay(atMs === 0 ? 0 : atMs);
    const { listed, memory } = await gpu();
    const names = listed.map((one) =>
      one.pid === pid
        ? "the dead parent"
        : one.pid === forked
          ? "the child"
          : `another (${one.pid})`,
    );
    const open = scanHolders([]).openers.find((one) => one.pid === forked);
    console.log(
      `- ${atMs} ms later: listed ${names.join(", ") || "no process"}; ${Math.round(((memory.usedBytes ?? 0) - before) / 2 ** 20)} MiB beyond before; the child has open: ${open?.files.join(", ") ?? "nothing"} (${open?.how.join(", ") ?? ""})`,
    );
  }
  // The pid of our child's child is safe to signal only while it is the reported process.
  if (readStat(forked)?.start !== start)
    throw new Error("the forked child has ended without a signal");
  process.kill(forked, "SIGKILL");
  const ms = await untilFree(before, 32 * 2 ** 20);
  console.log(
    `- after the child's SIGKILL: ${ms === null ? "not free in 30 s" : `free after ${ms.toFixed(1)} ms`}`,
  );
}

async function costs(): Promise<void> {
  const program = resolve(project, "build/gpu-probe.cjs");
  const probe = openGpuProbe(realClock, { library, timeoutMs: 30_000, program });
  console.log(
    `- first snapshot, with the probe's start: ${await timeOf(1, () => probe.snapshot())}`,
  );
  console.log(`- snapshot through the probe: ${await timeOf(50, () => probe.snapshot())}`);
  probe.close();
  console.log(
    `- all of NVML in one process, session open: ${await timeOf(200, () => session.read())}`,
  );
  console.log(
    `- descriptors and mappings of all processes: ${await timeOf(20, () => scanHolders([]))}`,
  );
  const smi = (args: readonly string[]) => runToEnd("nvidia-smi", args).catch(() => null);
  if ((await smi(["-L"])) === null) return console.log("- nvidia-smi is not installed");
  console.log(`- nvidia-smi --query-gpu: ${await timeOf(10, () => smi(gpuQuery(gpuFields)))}`);
  console.log(`- nvidia-smi -q: ${await timeOf(5, () => smi(["-q"]))}`);
}

/** What the probe's program sees when it is started like this. */
async function seenBy(title: string, wrapper: readonly string[]): Promise<void> {
  const { child, pid } = await take(gib);
  const [file, ...args] = [...wrapper, process.execPath, resolve(project, "build/gpu-probe.cjs")];
  const input = [
    { id: 1, ask: "nvml", library },
    { id: 2, ask: "holders", pids: [pid] },
  ];
  const ended = await runToEnd(file, args, {
    input: input.map((line) => `${JSON.stringify(line)}\n`).join(""),
    timeoutMs: 60_000,
  }).catch((error: unknown) => ({ stdout: "", stderr: String(error) }));
  await kill(child);
  const [nvml, holders] = ended.stdout
    .split("\n")
    .map((line) => (line === "" ? null : JSON.parse(line)));
  const [device] = nvml?.answer?.devices ?? [];
  console.log(
    `- ${title}: holder ${pid}; listed ${JSON.stringify(device?.listed ?? nvml?.answer?.problem ?? ended.stderr.trim())}; openers ${JSON.stringify((holders?.answer?.openers ?? []).map((one: { pid: number; files: string[] }) => [one.pid, one.files]))}; unreadable ${holders?.answer?.unreadable ?? "?"}; first PID namespace ${holders?.answer?.initialPidNamespace ?? "?"}`,
  );
}

async function main(): Promise<void> {
  const { driverVersion, libraryVersion, devices, problem } = await session.read();
  const [device] = devices;
  if (device === undefined) {
    console.error(`There is no NVIDIA GPU to ask: ${problem?.message ?? "the driver lists none"}`);
    process.exit(1);
  }
  mkdirSync(resolve(project, "build/bench"), { recursive: true });
  const source = resolve(import.meta.dirname, "holder.c");
  const made = spawnSync("cc", ["-O1", "-o", holder, source, "-ldl"], { stdio: "inherit" });
  if (made.status !== 0) process.exit(1);
  console.log(
    `# ${device.model}, driver ${driverVersion}, NVML ${libraryVersion}, persistence ${device.persistence}\n`,
  );
  console.log("## How long until the memory of a killed process is free?\n");
  await untilRelease(gib, 20);
  await untilRelease(8 * gib, 10);
  console.log("\n## Is a dead process listed while a forked child has the devices open?\n");
  await forkedChild();
  console.log("\n## What does a sample cost?\n");
  await costs();
  console.log("\n## Which process sees what?\n");
  await seenBy("this user", []);
  await seenBy("nobody", ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
  await seenBy("a PID namespace of its own", ["unshare", "--pid", "--fork", "--mount-proc"]);
  session.close();
}

await main();
