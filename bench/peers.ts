import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { figure, type Bench, type Figure } from "./harness/figure.ts";
import { inPairs } from "./harness/pairs.ts";
import { freshDir } from "./harness/places.ts";
import { memoryOf } from "./harness/process-cost.ts";
import { program } from "./harness/programs.ts";
import { SpawnTimer } from "./harness/spawn-timer.ts";
import { openHoldfast } from "./peers/holdfast.ts";
import { markedWith } from "./peers/marked.ts";
import { nq } from "./peers/nq.ts";
import type { Peer, PeerProgram } from "./peers/peer.ts";
import { s6 } from "./peers/s6.ts";
import { slurm } from "./peers/slurm.ts";
import { taskSpooler } from "./peers/task-spooler.ts";

const programs: readonly PeerProgram[] = [taskSpooler, nq, s6, slurm];
const rounds = 30;
const shortJobs = 200;
const sleepers = 20;
const slots = sleepers;
const treeSize = 50;
/** A cancelled job with processes after this time has left them. */
const longestCancelMs = 8000;

export const bench: Bench = {
  question:
    `Holdfast's command beside other runners' in one run, each with ${slots} jobs at a time (nq has one): ` +
    `submitting one job, ${shortJobs} short ones in a shell loop, cancelling ${treeSize} processes of which one ` +
    `is in a session of its own, and the memory of all the runner's processes.`,
  async measure(say) {
    const figures: Figure[] = [];
    for (const peerProgram of programs) {
      if (!peerProgram.isInstalled()) {
        say(`without ${peerProgram.package}: bench/install-peers installs it`);
        continue;
      }
      figures.push(...(await beside(peerProgram, say)));
    }
    return figures;
  },
};

async function beside(peerProgram: PeerProgram, say: (text: string) => void): Promise<Figure[]> {
  const [ourMark, peerMark] = [randomUUID(), randomUUID()];
  const ours = await openHoldfast(slots, { [markName]: ourMark });
  try {
    const mark = { [markName]: peerMark };
    const peer = await peerProgram.open({ folder: freshDir("peer"), slots, mark });
    try {
      return await compare(ours, peer, { ourMark, peerMark }, say);
    } finally {
      await peer.close();
    }
  } finally {
    await ours.close();
  }
}

async function compare(
  ours: Peer,
  peer: Peer,
  { ourMark, peerMark }: { ourMark: string; peerMark: string },
  say: (text: string) => void,
): Promise<Figure[]> {
  say(peer.name);
  const first = await firstInstruction(ours, peer);
  say(`${peer.name}: ${shortJobs} short jobs`);
  const loops = await inPairs(
    3,
    () => loopOf(ours),
    () => loopOf(peer),
    1,
  );
  say(`${peer.name}: cancel`);
  const cancels = await inPairs(
    3,
    () => cancelTree(ours),
    () => cancelTree(peer),
    0,
  );
  say(`${peer.name}: memory`);
  const memory = {
    ours: await withSleepers(ours, ourMark),
    peer: await withSleepers(peer, peerMark),
  };
  const lines: [what: string, unit: string, ours: number[], peer: number[]][] = [
    ["submit, the whole command", "ms", first.ours.map(took), first.peer.map(took)],
    ["submit to first instruction", "ms", first.ours.map(began), first.peer.map(began)],
    [`${shortJobs} short jobs in a shell loop`, "jobs/s", loops.ours, loops.peer],
    ["cancel, until no process is left", "ms", cancels.ours.map(took), cancels.peer.map(took)],
    [
      `left ${longestCancelMs / 1000} s after the cancel`,
      "processes",
      cancels.ours.map(left),
      cancels.peer.map(left),
    ],
    [`memory with ${sleepers} jobs, proportional`, "MiB", [memory.ours], [memory.peer]],
  ];
  return lines.map(([what, unit, values, theirs]) =>
    figure({ what, unit, ours: values, peer: { what: peer.name, values: theirs } }),
  );
}

const markName = "HOLDFAST_BENCH_PEER";
const treeMarkName = "HOLDFAST_BENCH_TREE";
const took = (one: { tookMs: number }) => one.tookMs;
const began = (one: { firstMs: number }) => one.firstMs;
const left = (one: { left: number }) => one.left;

async function firstInstruction(ours: Peer, peer: Peer) {
  const timed = (runner: Peer) => {
    const noted = join(freshDir("noted"), "file");
    writeFileSync(noted, "");
    const job = [program("first-instruction"), noted];
    const timer = new SpawnTimer([...runner.submit(job)], { env: runner.env });
    const run = async () => {
      const before = statSync(noted).size;
      const { beganNs, tookMs } = await timer.run();
      await until(() => statSync(noted).size > before);
      const last = BigInt(readFileSync(noted, "utf8").trim().split("\n").at(-1) ?? 0);
      // The runner has to see the end before the next one comes.
      await delay(50);
      return { tookMs, firstMs: Number(last - beganNs) / 1e6 };
    };
    return { run, end: () => timer.end() };
  };
  const [a, b] = [timed(ours), timed(peer)];
  const measured = await inPairs(rounds, a.run, b.run, 3);
  await Promise.all([a.end(), b.end()]);
  return measured;
}

/** Jobs per second, from the first submission to the last job's first instruction. */
async function loopOf({ submit, env }: Peer): Promise<number> {
  const noted = join(freshDir("loop"), "file");
  writeFileSync(noted, "");
  const loop = `i=0; while [ $i -lt ${shortJobs} ]; do "$@" || exit 1; i=$((i + 1)); done`;
  const beganMs = performance.now();
  const command = submit([program("first-instruction"), noted]);
  const shell = spawn("/bin/sh", ["-c", loop, "sh", ...command], { env, stdio: "ignore" });
  const [code] = await once(shell, "exit");
  if (code !== 0) throw new Error(`${command[0] ?? ""} failed`);
  await until(() => readFileSync(noted, "utf8").split("\n").length > shortJobs);
  return shortJobs / ((performance.now() - beganMs) / 1000);
}

/** A job whose children wait, one of them in a session of its own. */
async function cancelTree({
  submit,
  cancel,
  env,
}: Peer): Promise<{ tookMs: number; left: number }> {
  const [folder, mark] = [freshDir("tree"), randomUUID()];
  const script = join(folder, "tree");
  const ready = join(folder, "ready");
  const lines = [
    "#!/bin/sh",
    `export ${treeMarkName}=${mark}`,
    `i=2; while [ $i -lt ${treeSize} ]; do sleep 1000 & i=$((i + 1)); done`,
    "setsid sleep 1000 &",
    `echo > ${ready}`,
    "wait",
  ];
  writeFileSync(script, `${lines.join("\n")}\n`, { mode: 0o755 });
  const [file = "", ...args] = submit([script]);
  const id = execFileSync(file, args, { env, encoding: "utf8" }).trim();
  await until(() => existsSync(ready) && markedWith(treeMarkName, mark).length >= treeSize - 1);
  const [killer = "", ...how] = cancel(id);
  const beganMs = performance.now();
  execFileSync(killer, how, { env, stdio: "ignore" });
  // The job's own process has the mark only from its `export` on, which its environment does not show.
  let there = markedWith(treeMarkName, mark);
  while (there.length > 0 && performance.now() - beganMs < longestCancelMs) {
    await delay(1);
    there = markedWith(treeMarkName, mark);
  }
  const tookMs = performance.now() - beganMs;
  for (const { pid } of there) process.kill(pid, "SIGKILL");
  return { tookMs, left: there.length };
}

/** MiB of everything that the runner itself has running while jobs sleep. */
async function withSleepers({ submit, cancel, env }: Peer, mark: string): Promise<number> {
  const ids = Array.from({ length: sleepers }, () => {
    const [file = "", ...args] = submit(["/bin/sleep", "1000"]);
    return execFileSync(file, args, { env, encoding: "utf8" }).trim();
  });
  await delay(2000);
  const own = markedWith(markName, mark).filter(({ command }) => command !== "sleep");
  const sum = own.reduce((total, { pid }) => total + memoryOf(pid).proportionalMiB, 0);
  for (const id of ids.toReversed()) {
    const [file = "", ...args] = cancel(id);
    execFileSync(file, args, { env, stdio: "ignore" });
  }
  return sum;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(1);
}
