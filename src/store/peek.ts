import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { KeeperClaim, PidNamespace } from "../contract/keeper.ts";

/** What the database tells of an attempt, for those who work without a server. */
export interface PeekedAttempt {
  job: number;
  sealHash: string | null;
  distrusted: boolean;
  claim: KeeperClaim | null;
  /** Whose pids the claim has; null: not recorded. */
  namespace: PidNamespace | null;
  ended: boolean;
}

const columns = "id, job, seal_hash, distrusted, claim, ended_at_ms";

/**
 * Reads a database that a server may be using, or that may be damaged, of another version or
 * missing: then it knows of nothing. Writes nothing.
 */
export class Peek {
  readonly #db: DatabaseSync | null;

  constructor(path: string) {
    this.#db = orNull(() => new DatabaseSync(path, { readOnly: true }));
  }

  attempt(id: string): PeekedAttempt | null {
    const sql = `SELECT ${columns} FROM attempts WHERE id = ?`;
    const found = this.#read(sql, (statement) => statement.get(id), toAttempt) ?? null;
    return found === null ? null : { ...found, namespace: this.#namespaceOf(id) };
  }

  /** Asked for by itself: a database that an older server left has no such column. */
  #namespaceOf(id: string): PidNamespace | null {
    const sql = "SELECT pid_namespace FROM attempts WHERE id = ?";
    const text = this.#read(
      sql,
      (statement) => statement.get(id),
      (row) => row?.["pid_namespace"],
    );
    return typeof text === "string" ? (JSON.parse(text) as PidNamespace) : null;
  }

  /** Ids of attempts that have not ended. */
  open(): string[] {
    const sql = "SELECT id FROM attempts WHERE ended_at_ms IS NULL";
    return this.#read(sql, (statement) => statement.all(), toIds) ?? [];
  }

  /** Of living attempts what they have adopted, as `PID:START`, and their jobs. Null: it cannot be read. */
  adopted(): Map<string, number> | null {
    const sql = `SELECT job, claim FROM attempts
      WHERE ended_at_ms IS NULL AND tier = 'best effort' AND claim IS NOT NULL`;
    return this.#read(sql, (statement) => statement.all(), toAdopted);
  }

  close(): void {
    this.#db?.close();
  }

  #read<R, T>(sql: string, ask: (statement: StatementSync) => R, use: (found: R) => T): T | null {
    const db = this.#db;
    return db === null ? null : orNull(() => use(ask(db.prepare(sql))));
  }
}

type Row = ReturnType<StatementSync["get"]>;

function toAttempt(row: Row): Omit<PeekedAttempt, "namespace"> | null {
  if (row === undefined) return null;
  const { job, seal_hash, distrusted, claim, ended_at_ms } = row;
  return {
    job: Number(job),
    sealHash: seal_hash === null ? null : String(seal_hash),
    distrusted: distrusted === 1,
    claim: claim === null ? null : (JSON.parse(String(claim)) as KeeperClaim),
    ended: ended_at_ms !== null,
  };
}

function toAdopted(rows: ReturnType<StatementSync["all"]>): Map<string, number> {
  const found = new Map<string, number>();
  for (const { job, claim } of rows) {
    const { adopted } = JSON.parse(String(claim)) as KeeperClaim;
    if (adopted !== undefined) found.set(`${adopted.pid}:${adopted.start}`, Number(job));
  }
  return found;
}

function toIds(rows: ReturnType<StatementSync["all"]>): string[] {
  return rows.map(({ id }) => String(id));
}

/** Damage shows at any read. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
