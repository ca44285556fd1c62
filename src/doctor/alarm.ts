import type { DoctorAlert, DoctorReport, DoctorVerdict } from "../contract/doctor.ts";

interface Tracked {
  verdict: DoctorVerdict;
  /** Consecutive reports that have the verdict or, once it is raised, that do not. */
  streak: number;
  /** Null: not raised. */
  sinceMs: number | null;
}

/**
 * The numbers of consecutive reports that raise and clear an alarm, so that a figure near its
 * threshold does not make it flap.
 */
export interface Hysteresis {
  raiseAfter: number;
  clearAfter: number;
}

/** Raises and clears alarms from a series of reports. It has state, but no other effects. */
export class Alarm {
  readonly #hysteresis: Hysteresis;
  #tracked = new Map<string, Tracked>();

  constructor(hysteresis: Hysteresis) {
    this.#hysteresis = hysteresis;
  }

  get active(): DoctorAlert[] {
    return [...this.#tracked.values()].flatMap(({ verdict, sinceMs }) =>
      sinceMs === null ? [] : [{ event: "raised" as const, atMs: sinceMs, sinceMs, verdict }],
    );
  }

  /** The changes caused by this report. A facet that was not measured raises and clears nothing. */
  take({ verdicts, facets, atMs }: DoctorReport): DoctorAlert[] {
    const found = new Map(verdicts.map((verdict) => [keyOf(verdict), verdict]));
    const silent = new Set(
      facets.flatMap(({ facet, state }) => (state === "not measured" ? [facet] : [])),
    );
    const changes: DoctorAlert[] = [];
    for (const [key, verdict] of found) {
      const before = this.#tracked.get(key);
      if (before !== undefined && before.sinceMs !== null)
        this.#tracked.set(key, { ...before, verdict, streak: 0 });
      else {
        const streak = (before?.streak ?? 0) + 1;
        const raised = streak >= this.#hysteresis.raiseAfter;
        this.#tracked.set(key, {
          verdict,
          streak: raised ? 0 : streak,
          sinceMs: raised ? atMs : null,
        });
        if (raised) changes.push({ event: "raised", atMs, sinceMs: atMs, verdict });
      }
    }
    for (const [key, before] of this.#tracked) {
      if (found.has(key) || silent.has(before.verdict.facet)) continue;
      const { sinceMs, verdict } = before;
      const streak = before.streak + 1;
      if (sinceMs !== null && streak < this.#hysteresis.clearAfter) {
        this.#tracked.set(key, { ...before, streak });
        continue;
      }
      this.#tracked.delete(key);
      if (sinceMs !== null) changes.push({ event: "cleared", atMs, sinceMs, verdict });
    }
    return changes;
  }
}

/** Several jobs, GPUs or disks may have the same verdict at once. */
function keyOf({ verdict, subject }: DoctorVerdict): string {
  return `${verdict} ${subject}`;
}
