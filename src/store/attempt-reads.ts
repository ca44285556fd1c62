import type { KeeperClaim, PidNamespace } from "../contract/keeper.ts";
import type { Tier } from "../contract/attempt.ts";
import type { AppliedLimit } from "../job/limits.ts";
import type { CheckedRow } from "./checked-row.ts";
import { CheckedRows } from "./checked-rows.ts";
import type { Connection } from "./connection.ts";
import type { Row } from "./row.ts";
import type { AttemptRow, DeclaredBy } from "./rows.ts";

const columns = `id, job, number, engine, nonce, seal_hash, distrusted, boot_id, pid_namespace, tier, cgroup, cgroup_also, limits, gpu_uuids, created_at_ms, claim, started_at_ms, ended_at_ms, declared_ended, sums`;

/** Queries over attempts. */
export class AttemptReads {
  readonly #db: Connection;
  readonly #rows: CheckedRows;

  constructor(db: Connection) {
    this.#db = db;
    this.#rows = new CheckedRows(db, "attempts");
  }

  get(id: string): AttemptRow | null {
    const row = this.#db.one(`SELECT ${columns} FROM attempts WHERE id = ?`, id);
    return row === undefined ? null : this.#toAttempt(row);
  }

  /** By their ids, in one statement. They are shared with others that read them: they cannot be changed. */
  those(ids: readonly string[]): Map<string, Readonly<AttemptRow>> {
    const sql = `SELECT ${columns} FROM attempts WHERE id IN (SELECT value FROM json_each(?))`;
    const found = new Map<string, Readonly<AttemptRow>>();
    for (const row of this.#db.all(sql, JSON.stringify(ids))) {
      const attempt = this.#rows.check(row).once(toAttempt);
      found.set(attempt.id, attempt);
    }
    return found;
  }

  /** Those of the given ids that no row has. */
  unknownAmong(ids: readonly string[]): string[] {
    const sql = `SELECT value AS id FROM json_each(?)
      WHERE NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.id = json_each.value)`;
    return this.#db.all(sql, JSON.stringify(ids)).map((row) => String(row["id"]));
  }

  ofJob(job: number): AttemptRow[] {
    return this.#db
      .all(`SELECT ${columns} FROM attempts WHERE job = ? ORDER BY number`, job)
      .map((row) => this.#toAttempt(row));
  }

  countOf(job: number): number {
    return Number(this.#db.one("SELECT count(*) AS n FROM attempts WHERE job = ?", job)?.["n"]);
  }

  /** How many of a job's attempts executed something and have ended: each of those has a receipt. */
  countExecuted(job: number): number {
    const sql = "SELECT count(*) AS n FROM attempts WHERE job = ? AND receipt_hash IS NOT NULL";
    return Number(this.#db.one(sql, job)?.["n"]);
  }

  numbered(job: number, number: number): AttemptRow | null {
    const sql = `SELECT ${columns} FROM attempts WHERE job = ? AND number = ?`;
    const row = this.#db.one(sql, job, number);
    return row === undefined ? null : this.#toAttempt(row);
  }

  /** Those that have a log or will have one: a launch that never executed anything leaves none. */
  withLogs(job: number): Pick<AttemptRow, "id" | "number" | "endedAtMs">[] {
    return this.#db
      .all(
        `SELECT id, number, ended_at_ms FROM attempts
           WHERE job = ? AND (ended_at_ms IS NULL OR receipt_hash IS NOT NULL) ORDER BY number`,
        job,
      )
      .map((row) => ({
        id: String(row["id"]),
        number: Number(row["number"]),
        endedAtMs: row["ended_at_ms"] === null ? null : Number(row["ended_at_ms"]),
      }));
  }

  #toAttempt(row: Row): AttemptRow {
    return toAttempt(this.#rows.check(row));
  }
}

const tiers: readonly Tier[] = ["cgroup", "subreaper", "best effort"];

function toAttempt(row: CheckedRow): AttemptRow {
  const sound = (column: string) => (row.isDamaged(column) ? null : row.text(column));
  return {
    id: row.text("id") ?? "",
    job: row.number("job") ?? 0,
    number: row.number("number") ?? 0,
    // A damaged name is not trusted: nothing is concluded about the attempt.
    engine: (row.isDamaged("engine") ? null : row.text("engine")) ?? "damaged",
    nonce: row.text("nonce") ?? "",
    sealHash: sound("seal_hash"),
    // If the mark is not what was written, exit records are ignored.
    distrusted: row.isDamaged("distrusted") || row.number("distrusted") === 1,
    bootId: row.text("boot_id") ?? "",
    namespace: row.json("pid_namespace") as PidNamespace | null,
    tier: tiers.find((tier) => tier === row.text("tier")) ?? "best effort",
    cgroup: sound("cgroup"),
    cgroupAlso: (row.json("cgroup_also") as string[] | null) ?? [],
    limits: (row.json("limits") as AppliedLimit[] | null) ?? [],
    gpuUuids: (row.json("gpu_uuids") as string[] | null) ?? [],
    createdAtMs: row.number("created_at_ms") ?? 0,
    claim: row.json("claim") as KeeperClaim | null,
    startedAtMs: row.number("started_at_ms"),
    endedAtMs: row.number("ended_at_ms"),
    declaredEnded: row.json("declared_ended") as DeclaredBy | null,
    ...(row.damaged.length === 0 ? {} : { damaged: row.damaged }),
  };
}
