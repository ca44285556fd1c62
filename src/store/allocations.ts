import type { Allocation, Resources } from "../job/allocation.ts";
import { attendedStates } from "../job/states.ts";
import type { Database, Row } from "./database.ts";

/** A resource that has one holder at a time is held already: a defect of the caller, never written. */
export class AllocationConflict extends Error {
  constructor(attempt: string, what: string, holder: string) {
    super(`attempt ${attempt} cannot have ${what}: attempt ${holder} holds it`);
    this.name = "AllocationConflict";
  }
}

const live = attendedStates.map((state) => `'${state}'`).join(", ");

/**
 * What attempts hold. Rows are written in the transaction that says `starting`. Nothing here frees
 * them: `Attempts.ended` does, which records the proven end.
 */
export class Allocations {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Before anything of the attempt runs. Throws AllocationConflict. */
  take(allocation: Allocation): void {
    for (const uuid of allocation.resources.gpuUuids) {
      const holder = this.#db.one(
        "SELECT attempt FROM allocations WHERE kind = 'gpu' AND name = ?",
        uuid,
      );
      if (holder !== undefined)
        throw new AllocationConflict(allocation.attempt, `GPU ${uuid}`, String(holder["attempt"]));
    }
    this.record(allocation);
  }

  /** Of an attempt that runs already: it holds what it holds, whatever else is on record. */
  record({ attempt, job, resources }: Allocation): void {
    for (const [kind, name, amount] of rowsOf(resources))
      this.#db.run(
        "INSERT OR IGNORE INTO allocations (attempt, job, kind, name, amount) VALUES (?, ?, ?, ?, ?)",
        attempt,
        job,
        kind,
        name,
        amount,
      );
  }

  /** Oldest job first. */
  all(): Allocation[] {
    return toAllocations(this.#db.all("SELECT * FROM allocations ORDER BY job, attempt"));
  }

  /** Null: it holds nothing, because it has ended or never began. */
  of(attempt: string): Allocation | null {
    const rows = this.#db.all("SELECT * FROM allocations WHERE attempt = ?", attempt);
    return toAllocations(rows)[0] ?? null;
  }

  /** A store of an older version, or one that was repaired, has unfinished attempts without rows. */
  fillMissing(): void {
    const missing = this.#db.all(
      `SELECT attempts.id, attempts.job, attempts.gpu_uuids FROM jobs
         JOIN attempts ON attempts.id = jobs.attempt
         WHERE jobs.state IN (${live}) AND attempts.ended_at_ms IS NULL
           AND NOT EXISTS (SELECT 1 FROM allocations WHERE attempt = attempts.id AND kind = 'slot')`,
    );
    if (missing.length === 0) return;
    this.#db.transaction(() => {
      for (const row of missing)
        this.record({
          attempt: String(row["id"]),
          job: Number(row["job"]),
          resources: {
            slots: 1,
            gpuUuids: parsedUuids(String(row["gpu_uuids"])),
          },
        });
    });
  }
}

function rowsOf({ slots, gpuUuids }: Resources): [kind: string, name: string, amount: number][] {
  return [
    ["slot", "", slots],
    ...gpuUuids.map((uuid): [string, string, number] => ["gpu", uuid, 1]),
  ];
}

/** Rows of one attempt stand together. */
function toAllocations(rows: readonly Row[]): Allocation[] {
  const found = new Map<string, { job: number; slots: number; gpuUuids: string[] }>();
  for (const row of rows) {
    const attempt = String(row["attempt"]);
    const one = found.get(attempt) ?? { job: Number(row["job"]), slots: 0, gpuUuids: [] };
    found.set(attempt, one);
    if (row["kind"] === "slot") one.slots += Number(row["amount"]);
    if (row["kind"] === "gpu") one.gpuUuids.push(String(row["name"]));
  }
  return [...found].map(([attempt, { job, ...resources }]) => ({ attempt, job, resources }));
}

/** What is no list any more names no GPU: its job shows as damaged. */
function parsedUuids(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map(String) : [];
  } catch {
    return [];
  }
}
