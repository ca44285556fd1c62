import type { Clock } from "../system/clock.ts";
import { parseIoreg, ioregArguments } from "./apple/ioreg.ts";
import { compose } from "./compose.ts";
import type { HolderScan } from "./holders/scan.ts";
import type { Asked, ProbeGuard } from "./probe/guard.ts";
import type { ReadDevice, Reading } from "./reading.ts";
import { askSmi } from "./smi/ask.ts";
import { type GpuField, gpuFields } from "./smi/query.ts";
import { anySign, type GpuSigns } from "./signs.ts";
import type { GpuProbe, GpuSnapshot, ProbeReport, ProbeSource, ProbeState } from "./snapshot.ts";
import type { Ran } from "./watched-run.ts";

export interface MachineProbeParts {
  clock: Clock;
  guard: Pick<ProbeGuard, "ask" | "failures" | "stuckPids" | "close">;
  /** Read at each snapshot, because a driver may be loaded later. */
  signs: () => GpuSigns;
  /** Path of the driver's library; null: found by the loader. */
  library: string | null;
  run: (program: string, args: readonly string[]) => Promise<Ran>;
}

interface Source {
  source: ProbeSource;
  state: ProbeState;
  reason: string | null;
  reading: Reading | null;
}

/**
 * The machine's GPUs, from any vendor. Queries the drivers in a separate process, which may hang or
 * crash instead of the server, and then finds the holders.
 */
export class MachineGpuProbe implements GpuProbe {
  readonly #parts: MachineProbeParts;
  #current: Promise<GpuSnapshot> | null = null;
  readonly #smiFields = new Set<GpuField>(gpuFields);
  readonly #stuckRuns = new Set<number>();

  constructor(parts: MachineProbeParts) {
    this.#parts = parts;
  }

  snapshot(): Promise<GpuSnapshot> {
    this.#current ??= this.#sample().finally(() => {
      this.#current = null;
    });
    return this.#current;
  }

  close(): void {
    this.#parts.guard.close();
  }

  async #sample(): Promise<GpuSnapshot> {
    const { clock, guard, signs } = this.#parts;
    const takenAtMs = clock.nowMs();
    const began = clock.monotonicMs();
    const seen = signs();
    if (!anySign(seen)) return withoutGpus(takenAtMs);
    const sources = await this.#ask(seen);
    const devices = inOrder(sources.flatMap(({ reading }) => reading?.devices ?? []));
    const pids = [...new Set(devices.flatMap(({ listed }) => listed.map(({ pid }) => pid)))];
    const scan = seen.apple ? null : await guard.ask<"holders">({ ask: "holders", pids });
    const found = scan?.kind === "answered" ? without(scan.answer, guard.stuckPids) : null;
    const why = scan === null ? "there is no /proc" : scan.kind === "answered" ? null : scan.reason;
    const versions = sources.find(({ reading }) => reading?.driverVersion)?.reading;
    return {
      takenAtMs,
      tookMs: Math.round(clock.monotonicMs() - began),
      probe: this.#report(sources),
      driverVersion: versions?.driverVersion ?? null,
      libraryVersion: versions?.libraryVersion ?? null,
      ...compose(devices, found, why),
    };
  }

  async #ask(seen: GpuSigns): Promise<Source[]> {
    const { guard, library } = this.#parts;
    const sources: Source[] = [];
    if (seen.nvidia || library !== null) {
      const nvml = sourceOf("nvml", await guard.ask<"nvml">({ ask: "nvml", library }));
      sources.push(nvml);
      // If the library itself gave a reason, nvidia-smi, which uses it, has nothing to add.
      const refused = (nvml.reading?.problem?.code ?? null) !== null;
      if (nvml.state !== "ok" && !refused) sources.push(await this.#smi());
    }
    if (seen.amd) sources.push(sourceOf("amd", await guard.ask<"amd">({ ask: "amd" })));
    if (seen.drm) sources.push(sourceOf("drm", await guard.ask<"drm">({ ask: "drm" })));
    if (seen.apple) sources.push(await this.#ioreg());
    return sources;
  }

  async #smi(): Promise<Source> {
    if (this.#stuckRuns.size > 0)
      return {
        source: "nvidia-smi",
        state: "hung",
        reason: `an earlier nvidia-smi (process ${[...this.#stuckRuns].join(", ")}) cannot be killed`,
        reading: null,
      };
    const run = (args: readonly string[]) => this.#parts.run("nvidia-smi", args);
    return this.#ranSource("nvidia-smi", await askSmi(run, this.#smiFields));
  }

  async #ioreg(): Promise<Source> {
    const ran = await this.#parts.run("ioreg", ioregArguments);
    const answer = ran.kind === "ended" && ran.code === 0 ? parseIoreg(ran.stdout) : ran;
    return this.#ranSource("apple", answer);
  }

  #ranSource(source: ProbeSource, answer: Reading | Ran): Source {
    if ("devices" in answer) return readSource(source, answer);
    if (answer.kind === "absent")
      return { source, state: "unavailable", reason: answer.message, reading: null };
    if (answer.kind === "ended")
      return { source, state: "unavailable", reason: `status ${answer.code}`, reading: null };
    const { stuckPid, gone } = answer;
    if (stuckPid !== null) {
      this.#stuckRuns.add(stuckPid);
      void gone.then(() => this.#stuckRuns.delete(stuckPid));
    }
    const end = stuckPid === null ? "it was killed" : `process ${stuckPid} cannot be killed`;
    return { source, state: "hung", reason: `no answer in time; ${end}`, reading: null };
  }

  /**
   * The source that returned devices is reported, along with the failures of the sources before it.
   */
  #report(sources: readonly Source[]): ProbeReport {
    const { guard } = this.#parts;
    const good = sources.find(({ state }) => state === "ok");
    const [first] = sources;
    const args = sources.flatMap(({ source, reason }) =>
      reason === null ? [] : [`${source}: ${reason}`],
    );
    const problem = sources.find(({ reading }) => reading?.problem)?.reading?.problem;
    return {
      source: good?.source ?? first?.source ?? "none",
      state: good?.state ?? first?.state ?? "unavailable",
      reason: args.length === 0 ? null : args.join("; "),
      code: problem?.code ?? null,
      failures: guard.failures,
      stuckPids: [...guard.stuckPids, ...this.#stuckRuns],
    };
  }
}

/** A killed probe that hangs in the kernel has the devices open but is not a holder. */
function without(scan: HolderScan, pids: readonly number[]): HolderScan {
  return { ...scan, openers: scan.openers.filter(({ pid }) => !pids.includes(pid)) };
}

function sourceOf(source: ProbeSource, asked: Asked<Reading>): Source {
  if (asked.kind === "answered") return readSource(source, asked.answer);
  const state = asked.kind === "resting" ? asked.last : asked.kind;
  return { source, state, reason: asked.reason, reading: null };
}

function readSource(source: ProbeSource, reading: Reading): Source {
  const { problem, devices } = reading;
  const state = problem !== null && devices.length === 0 ? "unavailable" : "ok";
  return { source, state, reason: problem?.message ?? null, reading };
}

/** NVIDIA's GPUs first, with their own indexes; the others continue the numbering. */
function inOrder(devices: readonly ReadDevice[]): ReadDevice[] {
  const nvidia = devices.filter(({ vendor }) => vendor === "nvidia");
  const others = devices.filter(({ vendor }) => vendor !== "nvidia");
  const next = Math.max(-1, ...nvidia.map(({ index }) => index)) + 1;
  others.forEach((device, position) => {
    device.index = next + position;
  });
  return [...nvidia, ...others];
}

function withoutGpus(takenAtMs: number): GpuSnapshot {
  return {
    takenAtMs,
    tookMs: 0,
    probe: {
      source: "none",
      state: "unavailable",
      reason: "there is no sign of a GPU (/dev/nvidia*, /dev/kfd, /dev/dri/render*)",
      code: null,
      failures: 0,
      stuckPids: [],
    },
    driverVersion: null,
    libraryVersion: null,
    devices: [],
    unplacedHolders: [],
    holderSight: {
      searched: false,
      initialPidNamespace: null,
      unreadable: 0,
      complete: false,
      reason: "there is no GPU to hold",
    },
  };
}
