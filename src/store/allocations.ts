import { resourcesFor, type Allocation, type Resources } from "../job/allocation.ts";
import { CheckedRow } from "./checked-row.ts";
import { resolveAllocations, unfinishedAttempts } from "./damaged-allocations.ts";
import type { Database } from "./database.ts";
import { isDamage } from "./sqlite-errors.ts";
import { whereRow } from "./sums.ts";

/** A resource with one holder at a time is already held: a defect of the caller, never written. */
export class AllocationConflict extends Error {
  constructor(attempt: string, what: string, holder: string) {
    super(`attempt ${attempt} cannot have ${what}: attempt ${holder} holds it`);
    this.name = "AllocationConflict";
  }
}

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
    const held = this.all();
    for (const uuid of allocation.resources.gpuUuids) {
      const holder = held.find(({ resources }) => resources.gpuUuids.includes(uuid));
      if (holder !== undefined)
        throw new AllocationConflict(allocation.attempt, `GPU ${uuid}`, holder.attempt);
    }
    this.record(allocation);
  }

  /** For an attempt that already runs: it holds its resources, whatever else is on record. */
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

  /** Oldest job first. Of rows that are not what was written: what resolves to withholding. */
  all(): Allocation[] {
    const { sound, damaged } = this.#read();
    if (damaged !== null && damaged.length === 0) return sound;
    return resolveAllocations(sound, damaged ?? [], unfinishedAttempts(this.#db));
  }

  /** Null: it holds nothing, because it has ended or never began. */
  of(attempt: string): Allocation | null {
    return this.all().find((one) => one.attempt === attempt) ?? null;
  }

  /** The given unfinished attempts whose record of what they hold is damaged. */
  damagedAmong(attempts: readonly string[]): ReadonlySet<string> {
    if (attempts.length === 0) return new Set();
    const damaged = new Set(attempts);
    try {
      const rows = this.#checked(
        "WHERE attempt IN (SELECT value FROM json_each(?))",
        JSON.stringify(attempts),
      );
      for (const row of rows)
        if (row.text("kind") === "slot") damaged.delete(row.text("attempt") ?? "");
      for (const row of rows) if (row.damaged.length > 0) damaged.add(row.text("attempt") ?? "");
      return damaged;
    } catch (error) {
      if (!isDamage(error)) throw error;
      // A page of one of them cannot be read.
      return attempts.length === 1
        ? damaged
        : new Set(attempts.filter((attempt) => this.damagedAmong([attempt]).has(attempt)));
    }
  }

  /**
   * When a store is opened: a store of an older version or a repaired store has unfinished attempts
   * without rows, and damaged rows are rebuilt if the own row of every unfinished attempt says what
   * the attempt was given. Returns the jobs whose rows were damaged; null: they stay damaged.
   */
  mend(): number[] | null {
    const { sound, damaged } = this.#read();
    const unfinished = unfinishedAttempts(this.#db);
    const canMend = damaged !== null && unfinished.every(({ gpuUuids }) => gpuUuids !== null);
    const rebuilt = canMend ? damaged : [];
    const has = new Set(
      sound.filter(({ resources }) => resources.slots > 0).map(({ attempt }) => attempt),
    );
    const isMissing = (attempt: string) =>
      !has.has(attempt) || rebuilt.some((row) => row.text("attempt") === attempt);
    const missing = unfinished.filter(({ attempt }) => isMissing(attempt));
    if (missing.length > 0 || rebuilt.length > 0)
      this.#db.transaction(() => {
        for (const row of rebuilt)
          this.#db.run(
            `DELETE FROM allocations WHERE ${whereRow("allocations")}`,
            row.text("attempt"),
            row.text("kind"),
            row.text("name"),
          );
        for (const { attempt, job, gpuUuids } of missing)
          this.record({ attempt, job, resources: resourcesFor(gpuUuids ?? []) });
      });
    if (!canMend) return damaged?.length === 0 ? [] : null;
    return [...new Set(rebuilt.map((row) => row.number("job") ?? 0))];
  }

  /** `damaged` null: the rows' pages cannot be read. */
  #read(): { sound: Allocation[]; damaged: CheckedRow[] | null } {
    try {
      const rows = this.#checked("ORDER BY job, attempt");
      return {
        sound: toAllocations(rows.filter((row) => row.damaged.length === 0)),
        damaged: rows.filter((row) => row.damaged.length > 0),
      };
    } catch (error) {
      if (!isDamage(error)) throw error;
      return { sound: [], damaged: null };
    }
  }

  #checked(rest: string, ...values: string[]): CheckedRow[] {
    return this.#db
      .all(`SELECT * FROM allocations ${rest}`, ...values)
      .map((row) => new CheckedRow(this.#db, "allocations", row));
  }
}

function rowsOf({ slots, gpuUuids }: Resources): [kind: string, name: string, amount: number][] {
  return [
    ["slot", "", slots],
    ...gpuUuids.map((uuid): [string, string, number] => ["gpu", uuid, 1]),
  ];
}

/** Rows of one attempt are adjacent. */
function toAllocations(rows: readonly CheckedRow[]): Allocation[] {
  const found = new Map<string, { job: number; slots: number; gpuUuids: string[] }>();
  for (const row of rows) {
    const attempt = row.text("attempt") ?? "";
    const one = found.get(attempt) ?? { job: row.number("job") ?? 0, slots: 0, gpuUuids: [] };
    found.set(attempt, one);
    if (row.text("kind") === "slot") one.slots += row.number("amount") ?? 0;
    if (row.text("kind") === "gpu") one.gpuUuids.push(row.text("name") ?? "");
  }
  return [...found].map(([attempt, { job, ...resources }]) => ({ attempt, job, resources }));
}
