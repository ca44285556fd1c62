import type { DoctorReport, DoctorRequest } from "../contract/doctor.ts";
import { accept, refuse, type Result } from "../contract/problems.ts";
import type { Clock } from "../system/clock.ts";
import type { Baselines } from "./baselines.ts";
import { examine } from "./examine.ts";
import { facets } from "./facets.ts";
import type { Machine } from "./machine.ts";
import type { DoctorSettings, Sources } from "./scope.ts";

/**
 * Finds out why the machine or a job is slow. Each facet is measured at both ends of a window, and
 * a verdict needs the evidence that contract/doctor-verdicts.ts names. Changes nothing. What could
 * not be measured is reported, and the result is then never "healthy".
 */
export interface Doctor {
  /** Takes as long as the window. Refuses with `not_running` or `no_such_baseline`. */
  examine(asked: DoctorRequest, during?: During): Promise<Result<DoctorReport>>;
  /** Does the same and stores the figures under this name. */
  record(name: string, asked: DoctorRequest, during?: During): Promise<Result<DoctorReport>>;
}

export interface During {
  onSample?: (elapsedMs: number, windowMs: number) => void;
  /** Ends the window early; the samples taken so far are judged. */
  signal?: AbortSignal;
}

export interface DoctorParts {
  machine: Machine;
  clock: Clock;
  sources: Sources;
  baselines: Baselines;
  settings: DoctorSettings;
  /** Folders that Holdfast itself needs. */
  folders: readonly string[];
}

export function makeDoctor(parts: DoctorParts): Doctor {
  const { machine, clock, sources, settings, baselines, folders } = parts;

  async function examineOnce(
    asked: DoctorRequest,
    during: During = {},
  ): Promise<Result<DoctorReport>> {
    const compared = asked.compare === undefined ? null : baselines.read(asked.compare);
    if (compared?.ok === false) return compared;
    const { jobs, from } = await sources.jobs();
    const job = jobs.find(({ id }) => id === asked.job) ?? null;
    if (asked.job !== undefined && job === null)
      return refuse("not_running", {
        id: asked.job,
        from: from === "server" ? "the server's records" : "the attempts' folders",
      });
    const baseline = compared?.value ?? null;
    if (baseline !== null && (baseline.jobId === null) !== (job === null))
      return refuse("invalid_request", {
        where: baseline.name,
        what:
          job === null
            ? `it was recorded for a job: holdfast doctor --compare ${baseline.name} JOB`
            : `it was recorded for the machine: holdfast doctor --compare ${baseline.name}`,
      });
    const report = await examine({
      scope: {
        machine,
        clock,
        sources,
        folders,
        jobs,
        job,
        // The configured ports may belong to any job, so they are only used without a named job.
        ports: [...new Set([...(job === null ? settings.ports : []), ...asked.ports])],
        metricsUrl: asked.metricsUrl ?? null,
        thresholds: settings.thresholds,
      },
      facets,
      windowMs: asked.windowMs ?? settings.windowMs,
      baseline,
      ...during,
    });
    return accept(report);
  }

  return {
    examine: examineOnce,
    async record(name, asked, during) {
      const report = await examineOnce(asked, during);
      if (!report.ok) return report;
      const recorded = await baselines.record(name, report.value);
      return recorded.ok ? report : recorded;
    },
  };
}
