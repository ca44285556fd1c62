import { thresholds, type Thresholds } from "../../contract/doctor-thresholds.ts";
import type { Baseline, DoctorReport } from "../../contract/doctor.ts";
import type { OrphanScan } from "../../contract/orphans.ts";
import { parseDuration, parseSize } from "../../contract/units.ts";
import { FakeGpuProbe } from "../../gpu/fake-probe.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import type { StoreCheck } from "../../store/check.ts";
import { examine } from "../examine.ts";
import { facets } from "../facets.ts";
import type { KnownJob, ServerAnswer } from "../scope.ts";
import { FakeMachine } from "./fake-machine.ts";
import { cpuTexts, healthyTexts } from "./healthy-machine.ts";

export const attempt = "0ddba11e-0000-4000-8000-000000000000";

/** The default thresholds. */
export const defaultThresholds = Object.fromEntries(
  Object.entries(thresholds).map(([name, { kind, default: value }]) => [
    name,
    kind === "bytes" ? parseSize(value) : kind === "duration" ? parseDuration(value) : value,
  ]),
) as Thresholds;

/**
 * A machine on which every facet can be measured and nothing is wrong, unless a test changes it.
 */
export class FakeExamination {
  readonly clock = new FakeClock();
  readonly machine = new FakeMachine(healthyTexts());
  gpu = new FakeGpuProbe();
  server: ServerAnswer = { kind: "answered", status: "ok", warnings: [], tookMs: 3 };
  store: StoreCheck = { kind: "sound", bytes: 4096 };
  orphans: { scan: OrphanScan } | { why: string } = { scan: scanOf([]) };
  jobs: KnownJob[] = [];
  job: KnownJob | null = null;
  ports: number[] = [];
  metricsUrl: string | null = null;
  baseline: Baseline | null = null;
  thresholds: Thresholds = defaultThresholds;
  readonly reported: number[] = [];

  constructor() {
    const space = { totalBytes: 2 ** 40, freeBytes: 2 ** 39, totalFiles: 1e7, freeFiles: 9e6 };
    for (const [device, path] of ["/state", "/tmp", "/dev/shm", "/work"].entries())
      this.machine.spaces.set(path, { device, ...space });
    this.evenly(60, (second) => cpuTexts({ busyTicks: 1000 + second, idleTicks: second * 200 }));
    this.machine.said.set("timedatectl show -p NTPSynchronized --value", "yes\n");
  }

  /** Replaces texts after `ms` of the window. */
  later(afterMs: number, texts: Record<string, string>): void {
    this.clock.after(afterMs, () => void this.machine.put(texts));
  }

  /** Makes a counter grow evenly: `texts` gives the texts for each second. */
  evenly(seconds: number, texts: (second: number) => Record<string, string>): void {
    this.machine.put(texts(0));
    for (let second = 1; second <= seconds; second += 1) this.later(second * 1000, texts(second));
  }

  /** A job with one process, 500, in its own cgroup. */
  runJob(given: Partial<KnownJob> = {}): KnownJob {
    const job: KnownJob = {
      id: 4,
      state: "running",
      attempt,
      pid: 500,
      keeperPid: 499,
      cwd: "/work",
      folder: `/state/attempts/${attempt}`,
      gpuUuids: [],
      progress: null,
      ...given,
    };
    this.jobs.push(job);
    return job;
  }

  /** Lets the window pass. */
  async examine(windowMs = 20_000, signal?: AbortSignal): Promise<DoctorReport> {
    const { clock, machine } = this;
    const over = { yes: false };
    const examining = examine({
      scope: {
        machine,
        clock,
        sources: {
          gpu: this.gpu,
          server: async () => this.server,
          store: async () => this.store,
          jobs: async () => ({ jobs: this.jobs, from: "server" }),
          orphans: async () => this.orphans,
        },
        folders: ["/state"],
        jobs: this.jobs,
        job: this.job,
        ports: this.ports,
        metricsUrl: this.metricsUrl,
        thresholds: this.thresholds,
      },
      facets,
      windowMs,
      baseline: this.baseline,
      onSample: (elapsedMs) => void this.reported.push(elapsedMs),
      signal,
    });
    const done = examining.finally(() => {
      over.yes = true;
    });
    for (let turns = 0; !over.yes && turns < 10_000; turns += 1) {
      await settled();
      if (!over.yes) clock.advance(Math.max(250, windowMs / 80));
    }
    return done;
  }

  /** The verdicts of an examination, by name. */
  async verdicts(windowMs?: number): Promise<string[]> {
    const { verdicts } = await this.examine(windowMs);
    return verdicts.map(({ verdict }) => verdict);
  }
}

/** Lets all pending callbacks run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}

export function scanOf(
  suspects: OrphanScan["suspects"],
  young: OrphanScan["young"] = [],
): OrphanScan {
  return { atMs: 0, windowMs: 1000, seen: 100, suspects, young, moved: [], unread: [] };
}
