import type { Damage, Waiting } from "../../contract/job.ts";
import type { Allocation } from "../../job/allocation.ts";
import { isTerminal } from "../../job/states.ts";
import { isDamage } from "../../store/sqlite-errors.ts";
import type { AttemptRow, JobRow } from "../../store/rows.ts";
import type { Store } from "../../store/store.ts";

/** The fields that people and programs act on first; those that are not damaged are named as certain. */
const mainFacts = ["state", "outcome", "spec", "startedAtMs", "endedAtMs", "attempt"] as const;

/** What an answer says about a job with damaged records; null if none is damaged. */
export function damageOf(
  job: JobRow,
  attempt: AttemptRow | null,
  beside: readonly string[] = [],
): Damage | null {
  const missing = job.attempt !== null && attempt === null ? ["attempt"] : [];
  const own = [...job.damaged, ...missing, ...beside];
  const fields = [...own, ...(attempt?.damaged ?? []).map((field) => `attempt.${field}`)];
  if (fields.length === 0) return null;
  const certain = mainFacts.filter((field) => !own.includes(field));
  return { fields, certain, next: nextStep(job.id, isTerminal(job.state)) };
}

function nextStep(id: number, ended: boolean): string {
  const restore =
    "holdfast server stop, then holdfast repair restores what a backup or the attempt's folder still has";
  return ended ? restore : `holdfast cancel ${id} ends the job; ${restore}`;
}

/** Damage in these fields prevents a launch: the job would run differently from what was asked for. */
export function launchDamage(store: Store, job: JobRow): string[] {
  const environment = store.jobs.environmentOf(job.id) === null ? ["env"] : [];
  return [...job.damaged, ...environment];
}

/** Why it waits. No server launches it before its record is restored. */
export function damagedWaiting(id: number, fields: readonly string[]): Waiting {
  return {
    code: "damaged",
    message: `its record is damaged (${fields.join(", ")}): it is not started`,
    hint: nextStep(id, false),
  };
}

/** What is withheld because the record of what a job holds is damaged. */
export function allocationWarnings(allocations: readonly Allocation[]): string[] {
  const damaged = allocations.filter((one) => one.damaged !== undefined);
  if (damaged.length === 0) return [];
  const unknown = damaged.filter((one) => one.damaged === "unknown");
  const jobs = (some: readonly Allocation[]) => some.map(({ job }) => job).join(", ");
  return [
    `the record of what jobs ${jobs(damaged)} hold is damaged: whatever they may hold is withheld; holdfast server restart rebuilds it if the attempts' own records are sound`,
    ...(unknown.length === 0
      ? []
      : [
          `which GPUs jobs ${jobs(unknown)} hold is not known: no GPU is assigned until they end, or until holdfast server stop and holdfast repair restore the record`,
        ]),
  ];
}

/** For the health: what has been found damaged since this server started. */
export function damageWarning(found: ReadonlyMap<number, readonly string[]>): string[] {
  if (found.size === 0) return [];
  const named = [...found].slice(0, 5).map(([id, fields]) => `${id} (${fields.join(", ")})`);
  const more = found.size > named.length ? ` and ${found.size - named.length} more` : "";
  return [
    `the database does not hold these jobs as they were written: ${named.join("; ")}${more}; holdfast show ID says what is certain, holdfast server stop and holdfast repair restore what can be`,
  ];
}

/** For the health: pages that cannot be read while the server runs. */
export class DamagedPages {
  readonly #messages: string[] = [];

  reading<T>(read: () => T, otherwise: T): T {
    try {
      return read();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#messages.push((error as Error).message);
      return otherwise;
    }
  }

  get warning(): string[] {
    const [first] = this.#messages;
    if (first === undefined) return [];
    return [
      `pages of the database are damaged (${first}): running jobs continue and can be cancelled; holdfast server stop, then holdfast repair restores the database`,
    ];
  }
}
