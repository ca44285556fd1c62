import type { KeeperClaim, PidNamespace } from "../contract/keeper.ts";
import type { Tier } from "../contract/attempt.ts";
import type { Receipt } from "../contract/receipt.ts";
import type { AppliedLimit } from "../job/limits.ts";
import type { CheckedRow } from "./checked-row.ts";
import { CheckedRows } from "./checked-rows.ts";
import type { Database } from "./database.ts";
import { Receipts } from "./receipts.ts";
import type { Row } from "./row.ts";
import type { AttemptRow, DeclaredBy } from "./rows.ts";

const columns = `id, job, number, engine, nonce, seal_hash, distrusted, boot_id, pid_namespace, tier, cgroup, cgroup_also, limits, gpu_uuids, created_at_ms, claim, started_at_ms, ended_at_ms, declared_ended, sums`;

export class Attempts {
  readonly #db: Database;
  readonly #rows: CheckedRows;
  readonly #receipts: Receipts;

  constructor(db: Database) {
    this.#db = db;
    this.#receipts = new Receipts(db);
    this.#rows = new CheckedRows(db, "attempts");
  }

  insert(row: AttemptRow): void {
    this.#db.run(
      `INSERT INTO attempts (id, job, number, engine, nonce, seal_hash, boot_id, pid_namespace, tier, cgroup, cgroup_also, limits, gpu_uuids, created_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.id,
      row.job,
      row.number,
      row.engine,
      row.nonce,
      row.sealHash,
      row.bootId,
      row.namespace === null ? null : JSON.stringify(row.namespace),
      row.tier,
      row.cgroup,
      JSON.stringify(row.cgroupAlso),
      JSON.stringify(row.limits),
      JSON.stringify(row.gpuUuids),
      row.createdAtMs,
    );
  }

  get(id: string): AttemptRow | null {
    const row = this.#db.one(`SELECT ${columns} FROM attempts WHERE id = ?`, id);
    return row === undefined ? null : this.#toAttempt(row);
  }

  /** By their ids, in one statement. */
  those(ids: readonly string[]): Map<string, AttemptRow> {
    const sql = `SELECT ${columns} FROM attempts WHERE id IN (SELECT value FROM json_each(?))`;
    const rows = this.#db.all(sql, JSON.stringify(ids)).map((row) => this.#toAttempt(row));
    return new Map(rows.map((row) => [row.id, row]));
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

  /** The actual limits and groups, if they differ from the plan. */
  contained(id: string, limits: readonly AppliedLimit[], cgroupAlso: readonly string[]): void {
    this.#db.run(
      "UPDATE attempts SET limits = ?, cgroup_also = ? WHERE id = ?",
      JSON.stringify(limits),
      JSON.stringify(cgroupAlso),
      id,
    );
  }

  /** A person declared that their PID namespace has ended. Nothing observed it. */
  declareEnded(ids: readonly string[], by: DeclaredBy): void {
    this.#db.run(
      "UPDATE attempts SET declared_ended = ? WHERE id IN (SELECT value FROM json_each(?))",
      JSON.stringify(by),
      JSON.stringify(ids),
    );
  }

  /** From now on its exit records are ignored. */
  distrust(id: string): void {
    this.#db.run("UPDATE attempts SET distrusted = 1 WHERE id = ?", id);
  }

  claimed(id: string, claim: KeeperClaim, startedAtMs: number): void {
    this.#db.run(
      "UPDATE attempts SET claim = ?, started_at_ms = ? WHERE id = ?",
      JSON.stringify(claim),
      startedAtMs,
      id,
    );
  }

  /** Records its proven end and frees what it held: nothing else frees that. */
  ended(id: string, atMs: number, receipt: Receipt | null): void {
    this.#db.run("DELETE FROM allocations WHERE attempt = ?", id);
    this.#db.run(
      "UPDATE attempts SET ended_at_ms = ?, receipt_hash = ? WHERE id = ?",
      atMs,
      receipt === null ? null : this.#receipts.add(id, receipt),
      id,
    );
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
