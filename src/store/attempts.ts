import type { KeeperClaim } from "../contract/keeper.ts";
import type { Receipt } from "../contract/receipt.ts";
import type { AppliedLimit } from "../job/limits.ts";
import { AttemptReads } from "./attempt-reads.ts";
import type { Database } from "./database.ts";
import { pack } from "./packed-text.ts";
import { Receipts } from "./receipts.ts";
import type { AttemptRow, DeclaredBy } from "./rows.ts";

export class Attempts extends AttemptReads {
  readonly #db: Database;
  readonly #receipts: Receipts;

  constructor(db: Database) {
    super(db);
    this.#db = db;
    this.#receipts = new Receipts(db);
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
      pack(JSON.stringify(claim)),
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
}
