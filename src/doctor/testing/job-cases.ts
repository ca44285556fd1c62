import type { OrphanScan } from "../../contract/orphans.ts";
import type { KnownJob } from "../scope.ts";
import type { Cases } from "./case.ts";
import { statLine } from "./fake-machine.ts";
import { attempt, scanOf, type FakeExamination } from "./fake-examination.ts";

const group = `/sys/fs/cgroup/holdfast-0123456789ab/${attempt}`;

interface RunningJob {
  keeper?: boolean;
  process?: boolean;
  pids?: Partial<KnownJob>;
}

/** Job 4 with its keeper and one process in its group. */
function runningJob(
  p: FakeExamination,
  { keeper = true, process = true, pids = {} }: RunningJob = {},
) {
  const job = p.runJob(pids);
  if (keeper) p.machine.put({ "/proc/499/stat": statLine({ pid: 499, comm: "holdfast-keeper" }) });
  if (process) {
    p.machine.put({
      "/proc/500/stat": statLine({ pid: 500, comm: "python3", ppid: 499 }),
      "/proc/500/cgroup": `0::/holdfast-0123456789ab/${attempt}\n`,
      "/proc/500/limits":
        "Max open files            1024                 4096               files\n",
      "/proc/500/fd/0": "",
    });
  }
  return job;
}

function quota(p: FakeExamination, throttled: number): void {
  runningJob(p);
  p.evenly(20, (second) => ({
    [`${group}/cpu.stat`]: `usage_usec 1\nnr_periods ${second * 10}\nnr_throttled ${Math.round(second * 10 * throttled)}\n`,
  }));
}

const listener = (inode: number) =>
  `  sl  local_address rem_address   st\n   0: 0100007F:1F40 00000000:0000 0A 0:0 0:0 0 0 0 ${inode} 1\n`;

/** Process `pid` listens on port 8000. */
function listens(p: FakeExamination, pid: number): void {
  p.machine.put({
    "/proc/net/tcp": listener(4711),
    [`/proc/${pid}/stat`]: statLine({ pid, comm: "nginx" }),
    [`/proc/${pid}/cmdline`]: "nginx\0-g\0",
  });
  p.machine.links.set(`/proc/${pid}/fd/3`, "socket:[4711]");
}

function suspects(confidence: OrphanScan["suspects"][number]["confidence"]): OrphanScan {
  const process = {
    pid: 90,
    start: 1,
    ppid: 1,
    command: "python3 -c from loky …",
    state: "S",
    uid: 0,
    ageMs: 600_000,
    cpuPercent: 90,
    residentBytes: 4096,
    cgroup: "/",
    container: null,
    gpuDevices: [],
    gpuMemory: [],
    ports: [],
    checkpoints: [],
  };
  return scanOf([
    {
      root: 90,
      class: "parent-gone",
      rule: "loky",
      jobId: null,
      confidence,
      action: "report",
      goneMs: 60_000,
      evidence: ["its parent is gone"],
      processes: [process],
    },
  ]);
}

/** Verdicts about jobs: their processes, cgroups, ports and orphans. */
export const jobCases = {
  "keeper-missing": {
    ill: (p) => void runningJob(p, { keeper: false }),
    well: {
      "it exists": (p) => void runningJob(p),
      "its pid is that of another PID namespace": (p) =>
        void runningJob(p, { keeper: false, pids: { pid: null, keeperPid: null } }),
      "the job ends within the window": (p) => {
        runningJob(p, { keeper: false });
        p.clock.after(5000, () => (p.jobs = []));
      },
    },
  },
  "process-missing": {
    ill: (p) => void runningJob(p, { keeper: false, process: false }),
    well: {
      "the keeper is still alive": (p) => void runningJob(p, { process: false }),
      "the job began within the window": (p) => void p.clock.after(5000, () => void p.runJob()),
      "its pids are those of another PID namespace": (p) =>
        void p.runJob({ pid: null, keeperPid: null }),
    },
  },
  "orphan-worker": {
    ill: (p) => (p.orphans = { scan: suspects("likely") }),
    well: {
      "it may be meant to run": (p) => (p.orphans = { scan: suspects("weak") }),
      "its parent has not been gone for long": (p) => (p.orphans = { scan: suspects("waiting") }),
    },
  },
  "cpu-quota": {
    ill: (p) => quota(p, 0.6),
    well: {
      "it reaches its limit now and then": (p) => quota(p, 0.04),
      "it has no limit": (p) => void runningJob(p),
    },
  },
  "port-conflict": {
    ill: (p) => {
      runningJob(p);
      p.ports = [8000];
      listens(p, 60);
    },
    well: {
      "the job itself listens": (p) => {
        runningJob(p);
        p.ports = [8000];
        listens(p, 60);
        p.machine.put({ "/proc/60/cgroup": `0::/holdfast-0123456789ab/${attempt}/sub\n` });
      },
      "the port is not configured": (p) => {
        p.ports = [9000];
        listens(p, 60);
      },
      "the port is released within the window": (p) => {
        p.ports = [8000];
        listens(p, 60);
        p.later(5000, { "/proc/net/tcp": "  sl  local_address rem_address   st\n" });
      },
    },
  },
  "port-unheld": {
    ill: (p) => {
      p.job = runningJob(p);
      p.ports = [8000];
    },
    well: {
      "the job begins to listen within the window": (p) => {
        p.job = runningJob(p);
        p.ports = [8000];
        p.machine.links.set("/proc/500/fd/3", "socket:[4711]");
        p.later(5000, { "/proc/net/tcp": listener(4711) });
      },
      "no job was named": (p) => {
        runningJob(p);
        p.ports = [8000];
      },
    },
  },
  "worse-than-baseline": {
    ill: (p) => {
      p.job = runningJob(p);
      slowProgress(p, 7);
      p.baseline = baselineOf(10);
    },
    well: {
      "it is nearly as fast": (p) => {
        p.job = runningJob(p);
        slowProgress(p, 9);
        p.baseline = baselineOf(10);
      },
      "it is faster": (p) => {
        p.job = runningJob(p);
        slowProgress(p, 30);
        p.baseline = baselineOf(10);
      },
    },
  },
} satisfies Cases;

/** A job that makes `perSecond` steps a second. */
function slowProgress(p: FakeExamination, perSecond: number): void {
  const at = (second: number) => {
    p.jobs = p.jobs.map((job) =>
      Object.assign(job, { progress: { done: second * perSecond, total: 1e6 } }),
    );
  };
  at(0);
  for (let second = 1; second <= 20; second += 1) {
    const job = p.jobs[0];
    p.clock.after(second * 1000, () => {
      if (job !== undefined)
        p.jobs = [{ ...job, progress: { done: second * perSecond, total: 1e6 } }];
    });
  }
}

function baselineOf(perSecond: number) {
  const figure = { name: "throughput.progress", subject: "job", value: perSecond, unit: "/s" };
  return {
    version: 1 as const,
    name: "good",
    atMs: 0,
    windowMs: 20_000,
    jobId: 3,
    verdicts: [],
    figures: [{ ...figure, unit: "/s" as const }],
  };
}
