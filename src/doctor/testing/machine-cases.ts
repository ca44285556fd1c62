import { statLine } from "./fake-machine.ts";
import type { FakeExamination } from "./fake-examination.ts";
import { cpuTexts, pressureTexts } from "./healthy-machine.ts";
import type { Cases } from "./case.ts";

const seconds = 20;

/** `some` and `full`: the percentage of every second in which tasks waited. */
function pressure(
  exam: FakeExamination,
  kind: "cpu" | "memory" | "io",
  { some, full = 0, avg60 = 0 }: { some: number; full?: number; avg60?: number },
) {
  exam.evenly(seconds, (second) =>
    pressureTexts(kind, {
      someUs: 1e6 + second * some * 1e4,
      fullUs: 1e6 + second * full * 1e4,
      fullAvg60: avg60,
    }),
  );
}

/** Two CPUs: 200 ticks a second. */
function busy(exam: FakeExamination, percent: number, stolen = 0): void {
  exam.evenly(seconds, (second) =>
    cpuTexts({
      busyTicks: 1000 + second * 2 * percent,
      stolenTicks: second * 2 * stolen,
      idleTicks: 1e5 + second * 2 * (100 - percent - stolen),
    }),
  );
}

const throttle = "/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_total_time_ms";
const zone = "/sys/class/thermal/thermal_zone0/temp";

function zombies(exam: FakeExamination, pids: readonly number[], more = {}): void {
  exam.machine.put({ "/proc/40/stat": statLine({ pid: 40, comm: "parent" }) });
  for (const pid of pids)
    exam.machine.put({
      [`/proc/${pid}/stat`]: statLine({ pid, ppid: 40, state: "Z", threads: 1, ...more }),
    });
}

const twenty = Array.from({ length: 20 }, (_, index) => 1000 + index);

const inD = (waits: string) => ({
  "/proc/70/stat": statLine({ pid: 70, comm: "dd", state: "D" }),
  "/proc/70/wchan": waits,
  "/proc/70/status": "voluntary_ctxt_switches:\t9\nnonvoluntary_ctxt_switches:\t1\n",
});

/** Verdicts about the machine, without jobs and GPUs. */
export const machineCases = {
  "server-down": {
    ill: (p) => (p.server = { kind: "down", message: "no process listens" }),
    well: {
      "none was ever started": (p) => (p.server = { kind: "unused", message: "not used yet" }),
      "it is started within the window": (p) => {
        p.server = { kind: "down", message: "no process listens" };
        p.clock.after(5000, () => {
          p.server = { kind: "answered", status: "recovering", warnings: [], tookMs: 5 };
        });
      },
    },
  },
  "server-hangs": {
    ill: (p) => (p.server = { kind: "hangs", message: "no answer in 5 s" }),
    well: { "it was stopped": (p) => (p.server = { kind: "down", message: "no process listens" }) },
  },
  "server-slow": {
    ill: (p) => (p.server = { kind: "answered", status: "ok", warnings: [], tookMs: 2500 }),
    well: {
      "one answer was slow": (p) => {
        p.server = { kind: "answered", status: "ok", warnings: [], tookMs: 2500 };
        p.clock.after(5000, () => {
          p.server = { kind: "answered", status: "ok", warnings: [], tookMs: 4 };
        });
      },
    },
  },
  "server-warns": {
    ill: (p) =>
      (p.server = { kind: "answered", status: "ok", warnings: ["the clock is odd"], tookMs: 1 }),
    well: { "it has no warnings": () => undefined },
  },
  "store-damaged": {
    ill: (p) => (p.store = { kind: "damaged", what: "row 7 missing from index" }),
    well: {
      "it is sound": () => undefined,
      "it was never used": (p) => (p.store = { kind: "none", why: "not used yet" }),
    },
  },
  "cpu-contention": {
    ill: (p) => {
      busy(p, 100);
      pressure(p, "cpu", { some: 55 });
    },
    well: {
      "there are as many runnable tasks as CPUs": (p) => {
        busy(p, 100);
        pressure(p, "cpu", { some: 6 });
      },
      "CPUs are idle: a quota or an affinity holds the tasks": (p) => {
        busy(p, 10);
        pressure(p, "cpu", { some: 88 });
      },
    },
  },
  "cpu-held-back": {
    ill: (p) => {
      busy(p, 10);
      pressure(p, "cpu", { some: 88 });
    },
    well: {
      "no CPU is idle": (p) => {
        busy(p, 95);
        pressure(p, "cpu", { some: 88 });
      },
    },
  },
  "cpu-stolen": {
    ill: (p) => busy(p, 60, 15),
    well: { "the host withholds little CPU time": (p) => busy(p, 60, 2) },
  },
  "cpu-thermal": {
    ill: (p) => p.evenly(seconds, (second) => ({ [throttle]: `${40 + second * 50}\n` })),
    well: {
      "it was throttled before the window": (p) => p.machine.put({ [throttle]: "900000\n" }),
    },
  },
  "machine-hot": {
    ill: (p) => p.machine.put({ [zone]: "97000\n" }),
    well: {
      "it is warm from work": (p) => p.machine.put({ [zone]: "82000\n" }),
      "it was hot for a moment": (p) => {
        p.machine.put({ [zone]: "97000\n" });
        p.later(5000, { [zone]: "80000\n" });
      },
    },
  },
  "memory-contention": {
    ill: (p) => pressure(p, "memory", { some: 14, full: 12 }),
    well: {
      "memory is full of caches": (p) => {
        pressure(p, "memory", { some: 1 });
        p.machine.put({ "/proc/meminfo": "MemTotal: 24684000 kB\nMemAvailable: 300000 kB\n" });
      },
    },
  },
  "oom-kill": {
    ill: (p) => p.later(5000, { "/proc/vmstat": "oom_kill 2\n" }),
    well: { "it was before the window": (p) => p.machine.put({ "/proc/vmstat": "oom_kill 7\n" }) },
  },
  "io-contention": {
    ill: (p) => pressure(p, "io", { some: 45, full: 30, avg60: 25 }),
    well: {
      "some wait while others work": (p) => pressure(p, "io", { some: 60, full: 8 }),
    },
  },
  "disk-full": {
    ill: (p) => fill(p, { freeBytes: 2 ** 20 }),
    well: {
      "a small share of a large disk is free": (p) =>
        fill(p, { totalBytes: 2 ** 44, freeBytes: 2 ** 37 }),
      "a large share of a small disk is free": (p) =>
        fill(p, { totalBytes: 2 ** 24, freeBytes: 2 ** 22 }),
    },
  },
  "inodes-full": {
    ill: (p) => fill(p, { freeFiles: 12 }),
    well: {
      "the file system does not count inodes": (p) => fill(p, { totalFiles: 0, freeFiles: 0 }),
    },
  },
  "few-descriptors": {
    ill: (p) => p.machine.put({ "/proc/sys/fs/file-nr": "95000\t0\t100000\n" }),
    well: {
      "many files are open but the limit is far higher": (p) =>
        p.machine.put({ "/proc/sys/fs/file-nr": "95000\t0\t2466183\n" }),
    },
  },
  "few-pids": {
    ill: (p) => p.machine.put({ "/proc/loadavg": "9 9 9 3/31000 12345\n" }),
    well: {
      "there are many tasks but the limit is far higher": (p) =>
        p.machine.put({ "/proc/loadavg": "9 9 9 3/9000 12345\n" }),
      "the cgroup is full only briefly": (p) => {
        const group = "/sys/fs/cgroup/user.slice";
        p.machine.put({ [`${group}/pids.current`]: "99\n", [`${group}/pids.max`]: "100\n" });
        p.machine.put({ [`${group}/pids.events`]: "max 0\n" });
        p.later(5000, { [`${group}/pids.current`]: "12\n" });
      },
    },
  },
  zombies: {
    ill: (p) => zombies(p, twenty),
    well: {
      "there are only a few": (p) => zombies(p, twenty.slice(0, 5)),
      "they are reaped and replaced by others": (p) => {
        zombies(p, twenty);
        for (const pid of twenty)
          p.later(5000, {
            [`/proc/${pid}/stat`]: statLine({ pid, ppid: 40, state: "Z", start: 9999 }),
          });
      },
      "their other threads live": (p) => zombies(p, twenty, { threads: 4 }),
    },
  },
  "stuck-process": {
    ill: (p) => p.machine.put(inD("percpu_rwsem_wait")),
    well: {
      "it waits for a disk and continues": (p) => {
        p.machine.put(inD("folio_wait_bit"));
        p.evenly(seconds, (second) => ({
          "/proc/70/status": `voluntary_ctxt_switches:\t${9 + second * 40}\n`,
        }));
      },
      "it belongs to another user and may be frozen": (p) => p.machine.put(inD("0")),
      "it is frozen on request": (p) => p.machine.put(inD("__refrigerator")),
      "it is frozen on request and the kernel shows its previous wait channel": (p) => {
        p.machine.put(inD("hrtimer_nanosleep"));
        p.machine.frozen.add(70);
      },
      "it waits for its vforked child": (p) => p.machine.put(inD("kernel_clone")),
    },
  },
  "clock-jump": {
    ill: (p) => void p.clock.after(5000, () => p.clock.setWallClock(p.clock.nowMs() - 3000)),
    well: {
      "it is slewed": (p) =>
        void p.clock.after(5000, () => p.clock.setWallClock(p.clock.nowMs() + 10)),
    },
  },
  "clock-unsynchronised": {
    ill: (p) => p.machine.said.set("timedatectl show -p NTPSynchronized --value", "no\n"),
    well: {
      "chrony synchronises it": (p) => {
        p.machine.said.clear();
        p.machine.said.set("chronyc -c tracking", "C0A8,ntp,3,1700000000.1,0.0001,Normal\n");
      },
    },
  },
} satisfies Cases;

function fill(
  { machine }: FakeExamination,
  given: { totalBytes?: number; freeBytes?: number; totalFiles?: number; freeFiles?: number },
): void {
  const space = machine.spaces.get("/state");
  if (space !== undefined) machine.spaces.set("/state", { ...space, ...given });
}
