import { describe, expect, it } from "vitest";
import type { Receipt } from "../../client/client.ts";
import { endedJob, nowMs, sampleJob, stoppingJob } from "../testing/sample-job.ts";
import { laidOut } from "../testing/laid-out.ts";
import { progressLine } from "./bar.ts";
import { widthOf } from "./width.ts";
import { healthPage } from "./health-page.ts";
import { jobPage } from "./job-page.ts";
import { jobTable } from "./job-table.ts";
import { describeEnd, noteOf } from "./describe-job.ts";
import { receiptPage } from "./receipt-page.ts";

describe("the table of jobs", () => {
  const jobs = [
    sampleJob({ id: 9, progress: { done: 8, total: 20, text: "loss 0.14" } }),
    stoppingJob(),
    sampleJob({
      id: 7,
      state: "queued",
      startedAtMs: null,
      spec: { name: "big\u001b[31m", command: ["train", "all of it"] },
      waiting: { code: "gpus", message: "waits for 2 GPUs", hint: "cancel another" },
    }),
    endedJob("failed", { code: 3 }, { id: 6 }),
    endedJob(
      "failed",
      { code: null, signal: 9, reason: "out_of_memory" },
      { id: 5, message: "out of memory" },
    ),
  ];

  it("shows state, name, command, times, exit and what is going on", () => {
    expect(laidOut(jobTable(jobs, nowMs))).toEqual([
      "ID  STATE     NAME         COMMAND                               AGE   TIME  EXIT     NOTE",
      " 9  running   train.py     python3 examples/train.py --lr 0.1  1m 5s  1m 0s           8/20 loss 0.14",
      "42  stopping  train.py     python3 examples/train.py --lr 0.1  1m 5s  1m 0s           TERM sent 4 s ago, 3 of 14 processes left (python3 812, python3 813, loader 820), KILL in 26 s",
      String.raw` 7  queued    big\x1b[31m  train 'all of it'                   1m 5s                  waits for 2 GPUs`,
      " 6  failed    train.py     python3 examples/train.py --lr 0.1  1m 5s  1m 0s  exit 3",
      " 5  failed    train.py     python3 examples/train.py --lr 0.1  1m 5s  1m 0s  SIGKILL  out of memory",
    ]);
  });

  it("fits the terminal", () => {
    for (const width of [40, 80, 120])
      for (const line of laidOut(jobTable(jobs, nowMs), width))
        expect(widthOf(line)).toBeLessThanOrEqual(width);
  });

  it("is coloured only where it is wanted", () => {
    expect(laidOut(jobTable(jobs, nowMs), 80).join("")).not.toContain("\u001b");
    expect(laidOut(jobTable(jobs, nowMs), 80, true).join("")).toContain("\u001b[36mrunning");
  });
});

describe("the page of a job", () => {
  it("shows everything except values of the environment", () => {
    const job = sampleJob({
      progress: { done: 1, total: 2, text: "half" },
      spec: { tags: ["nightly"], limitMs: 7_200_000, name: "tune" },
      limits: [
        { what: "memory", wanted: 2 ** 34, how: "memory.max", why: null },
        { what: "io_weight", wanted: 50, how: "not applied", why: "no io controller" },
      ],
    });
    expect(laidOut(jobPage(job, nowMs))).toEqual([
      "job 42 tune  running",
      "  progress     1/2 half",
      "  submitted    2026-11-22 13:58:55 +0000",
      "  started      2026-11-22 13:59:00 +0000",
      "  run time     1m 0s",
      "  command      python3 examples/train.py --lr 0.1",
      "  directory    /home/ada",
      "  environment  2 variables (values are not shown)",
      "  tags         nightly",
      "  time limit   2h 0m",
      "  grace        30s from TERM to KILL",
      "  signalled    all processes at once",
      "  limits       memory 16GiB by memory.max",
      "               io weight 50 not applied: no io controller",
      "  next: holdfast logs -f 42 · holdfast wait 42 · holdfast cancel 42",
    ]);
  });

  it("shows pids of an attempt that lives, and none while it waits for the next", () => {
    const attempt = {
      number: 1,
      id: "0b8f",
      tier: "cgroup" as const,
      pid: 812,
      keeperPid: 811,
      startedAtMs: nowMs - 60_000,
      endedAtMs: null,
      folder: "/state/attempts/0b8f",
      gpuUuids: [],
    };
    const live = laidOut(jobPage(sampleJob({ attempt }), nowMs)).join("\n");
    expect(live).toMatch(/pid +812\n +keeper +pid 811/);
    const between = { state: "queued" as const, attempt: { ...attempt, endedAtMs: nowMs } };
    expect(laidOut(jobPage(sampleJob(between), nowMs)).join("\n")).not.toMatch(/81[12]/);
  });

  it("shows what is damaged, what is certain and what to do", () => {
    const job = sampleJob({
      damaged: { fields: ["spec"], certain: ["state", "attempt"], next: "holdfast repair" },
    });
    const page = laidOut(jobPage(job, nowMs)).join("\n");
    expect(page).toMatch(/damaged +spec: not what was written/);
    expect(page).toMatch(/certain +state, attempt/);
    expect(page).toMatch(/to do +holdfast repair/);
    expect(noteOf(job)).toBe("damaged: spec");
  });

  it("names survivors and what to do about them", () => {
    const page = laidOut(jobPage(stoppingJob(), nowMs));
    expect(page).toContain("  still there:");
    expect(page).toContain("    loader 820");
    expect(page.at(-1)).toBe("  next: holdfast wait 42 · holdfast kill 42");
  });

  it("offers no kill after KILL was sent, and says what ends a survivor instead", () => {
    const [first] = stoppingJob().stopping?.survivors ?? [];
    if (first === undefined) throw new Error("none is left");
    const obstacle = {
      kind: "traced" as const,
      message: "traced by gdb 4711",
      remedy: "detach it there, or end that process: kill 4711",
    };
    const survivors = [{ ...first, obstacle }];
    const page = laidOut(
      jobPage(stoppingJob({ phase: "verifying", stuck: true, left: 1, survivors }), nowMs),
    );
    expect(page).toContain("    python3 812 is traced by gdb 4711");
    expect(page).toContain("      to end it: detach it there, or end that process: kill 4711");
    expect(page.at(-1)).toBe("  next: holdfast wait 42");
  });
});

describe("the last message on a job", () => {
  it("reports how it ended and how long it took", () => {
    expect(describeEnd(endedJob("succeeded"), "t.py", nowMs)).toBe(
      "job 42 t.py succeeded after 1m 0s",
    );
    expect(describeEnd(endedJob("failed", { code: 3 }), "t.py", nowMs)).toBe(
      "job 42 t.py failed (exit 3) after 1m 0s",
    );
    expect(describeEnd(endedJob("failed", { code: 0, leftovers: 3 }), "t.py", nowMs)).toContain(
      "; it left 3 processes behind, stopped",
    );
  });

  it("adds the reason if the state does not show it", () => {
    const lost = endedJob(
      "lost",
      { code: null, reason: "keeper_lost" },
      { message: "its keeper\u0007 was killed" },
    );
    expect(describeEnd(lost, "t.py", nowMs)).toBe(
      `job 42 t.py lost after 1m 0s\n  ${String.raw`its keeper\x07 was killed`}`,
    );
  });
});

it("a progress bar shows the share, and gives way to the figures", () => {
  const progress = { done: 5, total: 20, text: "loss 0.1" };
  expect(progressLine(progress, 60)).toBe("[█████░░░░░░░░░░░░░░░]  25% 5/20 loss 0.1");
  expect(progressLine(progress, 20)).toBe("25% 5/20 loss 0.1");
  expect(progressLine({ done: 3, total: 0, text: "" }, 60)).toContain("0% 3/0");
});

it("an ended job whose GPU is not free says so in its line and in the list", () => {
  const heldGpus = [
    { uuid: "GPU-1", index: 0, message: "python3 (812) of this job lives and holds it" },
  ];
  const job = endedJob("cancelled", { code: null, signal: 15, reason: "cancel" }, { heldGpus });
  const message =
    "GPU 0 is not free: python3 (812) of this job lives and holds it; holdfast gpus shows it";
  expect(describeEnd(job, "train", nowMs).split("\n")[1]).toBe(`  ${message}`);
  expect(noteOf(job)).toBe(message);
});

it("a receipt shows processes, phases, proof and what is not proven", () => {
  const receipt: Receipt = {
    jobId: 42,
    attempt: "a-b",
    attemptNumber: 1,
    state: "cancelled",
    outcome: { code: null, signal: 15, reason: "cancel", leftovers: 0 },
    tier: "cgroup",
    proof: { kind: "keeper", message: "no child was left", echild: true, populated: 0 },
    unproven: [{ what: "GPU 0", why: "the driver gave no figure" }],
    phases: [
      { name: "submitted", atMs: nowMs },
      { name: "nothing left", atMs: nowMs + 1500 },
    ],
    processes: [
      {
        pid: 812,
        command: "python3 \u001b",
        how: "kill",
        code: null,
        signal: 9,
        aliveAtMs: nowMs + 1390,
        atMs: nowMs + 1400,
      },
      {
        pid: 9,
        command: "sh",
        how: "unknown",
        code: null,
        signal: null,
        statusUnknown: "its own parent reaped it",
        aliveAtMs: nowMs - 864e5,
        atMs: nowMs + 1380,
      },
      {
        pid: 10,
        command: "tar",
        how: "kill",
        code: null,
        signal: 15,
        aliveAtMs: nowMs + 1390,
        atMs: nowMs + 1400,
        stuck: {
          outlivedKillMs: 11e3,
          state: "D",
          waitChannel: "__refrigerator",
          frozenGroup: "/box",
        },
      },
    ],
    processesOmitted: 4,
    processesMayLack: ["processes that were reaped before they were seen"],
    ended: { self: 1, term: 0, kill: 5, unknown: 1 },
    escaped: [
      {
        pid: 99,
        ppid: 1,
        command: "web",
        owner: "run-u7.service",
        end: "left",
        hint: "systemctl stop run-u7.service",
      },
    ],
    escapedOmitted: 2,
    container: null,
    gpus: null,
    sharedMemory: [
      { path: "/dev/shm/psm_1", bytes: 4096, removed: true, why: "a process of the job held it" },
    ],
    cpuUserUs: 1_500_000,
    cpuSystemUs: 20_000,
    maxRssBytes: 5 * 2 ** 20,
    memoryPeakBytes: 3 * 2 ** 20,
    oomKills: 2,
    oomVictims: [{ pid: 813, command: "python3" }],
    pidsPeak: 7,
    cpuThrottledUs: 2_500_000,
    cpuThrottledPeriods: 25,
    pressure: { cpu: null, memory: { someUs: 9, fullUs: 1_200_000 }, io: { someUs: 1, fullUs: 0 } },
    limits: [{ what: "pids", wanted: 8, how: "pids.max", why: null }],
    output: { stdoutBytes: 10, stderrBytes: null, punchedBytes: 0 },
    unapplied: [],
  };
  expect(laidOut(receiptPage(receipt))).toEqual([
    "job 42  cancelled  attempt 1 (a-b)",
    "  exit               SIGTERM",
    "  reason             cancel",
    "  proof              no child was left",
    "  containment        cgroup",
    "  processes          1 on its own, 5 by KILL, 1 not known how",
    "  CPU time           1.50 s user, 0.02 s system",
    "  peak memory        3MiB, charged to its cgroup",
    "  largest process    5MiB, resident, shared pages included",
    "  limits             pids 8 by pids.max",
    "  most processes     7",
    "  CPU withheld       2.50 s",
    "  waited for         memory 1.20 s",
    "  killed for memory  python3 813",
    "  output             10B",
    "  phases, from 2026-11-22 14:00:00 +0000",
    "    submitted     14:00:00.000  +0ms",
    "    nothing left  14:00:01.500  +1.5s",
    "  processes",
    "    PID  COMMAND       ENDED       STATUS   GONE BY       LAST SEEN",
    String.raw`    812  python3 \x1b  by KILL     SIGKILL  14:00:01.400  14:00:01.390`,
    "      9  sh            not known   unknown  14:00:01.380  2026-11-21 14:00:00.000 +0000",
    "     10  tar           after KILL  SIGTERM  14:00:01.400  14:00:01.390",
    "    and 4 more, not listed",
    "    status unknown: its own parent reaped it",
    "    tar 10 was stuck: it lived for at least 11s after KILL, state D, in the kernel at __refrigerator, frozen by the cgroup /box (freezer)",
    "    may be missing: processes that were reaped before they were seen",
    "  escaped, not part of the proof",
    "    web 99 in run-u7.service: left alone; to stop it: systemctl stop run-u7.service",
    "    and 2 more, not listed",
    "  shared memory",
    "    removed /dev/shm/psm_1 (4KiB): a process of the job held it",
    "  not proven",
    "    GPU 0: the driver gave no figure",
  ]);
});

it("the server's health is a short table with its warnings", () => {
  const page = laidOut(
    healthPage(
      {
        status: "ok",
        pid: 5,
        pidNamespace: 4_026_531_836,
        stateFolder: "in place",
        abandoned: [],
        version: "0.1.0",
        startedAtMs: nowMs - 90_000,
        stateDir: "/s",
        runtimeDir: "/r",
        logFile: "/s/server.log",
        tier: "subreaper",
        tierWhy: "no cgroup may be made",
        limits: [{ what: "memory", how: "polled", why: "no cgroup" }],
        gpus: 0,
        jobs: { running: 2, queued: 0 },
        recovery: { total: 0, done: 0 },
        warnings: ["the disk is nearly full"],
      },
      nowMs,
    ),
  );
  expect(page).toContain("up for       1m 30s");
  expect(page).toContain("jobs         2 running");
  expect(page).toContain("containment  subreaper: no cgroup may be made");
  expect(page).toContain("limits       memory polled: no cgroup");
  expect(page[0]).toBe("warning: the disk is nearly full");
});
