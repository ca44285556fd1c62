import { CheckedRow } from "./checked-row.ts";
import type { Database } from "./database.ts";

/** What is recorded of an attempt's GPUs. Both are JSON of the code that measures; the store does not interpret it. */
export interface AttemptGpus {
  baseline: string;
  seen: string | null;
}

export interface GpuHold extends AttemptGpus {
  uuid: string;
  attempt: string;
  job: number;
  bootId: string;
  sinceMs: number;
  /** Why it is not assigned. */
  message: string;
}

export class Gpus {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Before anything of the attempt runs. */
  began(attempt: string, baseline: string): void {
    this.#db.run(
      "INSERT OR REPLACE INTO attempt_gpus (attempt, baseline) VALUES (?, ?)",
      attempt,
      baseline,
    );
  }

  saw(attempt: string, seen: string): void {
    this.#db.run("UPDATE attempt_gpus SET seen = ? WHERE attempt = ?", seen, attempt);
  }

  /** Damaged values are left out, as if they had not been measured. */
  of(attempt: string): AttemptGpus | null {
    const row = this.#db.one("SELECT * FROM attempt_gpus WHERE attempt = ?", attempt);
    return row === undefined ? null : measured(new CheckedRow(this.#db, "attempt_gpus", row));
  }

  hold({ uuid, attempt, job, bootId, sinceMs, baseline, seen, message }: GpuHold): void {
    this.#db.run(
      `INSERT OR REPLACE INTO gpu_holds (uuid, attempt, job, boot_id, since_ms, baseline, seen, words)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      uuid,
      attempt,
      job,
      bootId,
      sinceMs,
      baseline,
      seen,
      message,
    );
  }

  /** Even if damage leaves only the GPU: it is withheld all the same. */
  holds(): GpuHold[] {
    return this.#db.all("SELECT * FROM gpu_holds ORDER BY uuid").map((row) => {
      const checked = new CheckedRow(this.#db, "gpu_holds", row);
      return {
        uuid: String(row["uuid"]),
        attempt: String(row["attempt"]),
        job: Number(row["job"]),
        bootId: String(row["boot_id"]),
        sinceMs: Number(row["since_ms"]),
        baseline: measured(checked).baseline,
        seen: measured(checked).seen,
        message: checked.isDamaged("words") ? "its record is damaged" : String(row["words"]),
      };
    });
  }

  /** They are assigned again. Until then a hold that is over stays on record: a restart only samples once more. */
  handedOut(uuids: readonly string[]): void {
    for (const uuid of uuids) this.#db.run("DELETE FROM gpu_holds WHERE uuid = ?", uuid);
  }
}

function measured(row: CheckedRow): AttemptGpus {
  return {
    baseline: row.isDamaged("baseline") ? "[]" : (row.text("baseline") ?? "[]"),
    seen: row.isDamaged("seen") ? null : row.text("seen"),
  };
}
