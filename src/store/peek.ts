import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { KeeperClaim, PidNamespace } from "../contract/keeper.ts";
import { damageIn, layoutIn } from "./damaged-rows.ts";
import { unpack } from "./packed-text.ts";
import type { Layout } from "./sums.ts";

/** What the database has about an attempt, for commands that work without a server. */
export interface PeekedAttempt {
  job: number;
  sealHash: string | null;
  distrusted: boolean;
  claim: KeeperClaim | null;
  /** The namespace of the claim's pids; null: not recorded. */
  namespace: PidNamespace | null;
  ended: boolean;
}

const columns = "id, job, seal_hash, distrusted, claim, ended_at_ms";

type Row = ReturnType<StatementSync["get"]>;

/** The damaged columns of a row. */
type Damage = (row: Record<string, unknown>) => string[];

/**
 * Reads a database that a server may be using, or that may be damaged, of another version or
 * missing: then it knows of nothing. Writes nothing.
 */
export class Peek {
  readonly #db: DatabaseSync | null;
  readonly #layout: Layout | null;

  constructor(path: string) {
    this.#db = orNull(() => new DatabaseSync(path, { readOnly: true }));
    const db = this.#db;
    this.#layout = db === null ? null : orNull(() => layoutIn(db, "attempts"));
  }

  attempt(id: string): PeekedAttempt | null {
    const sql = `SELECT ${columns}${this.#sums} FROM attempts WHERE id = ?`;
    const found = this.#read(sql, (statement) => statement.get(id), this.#toAttempt) ?? null;
    return found === null ? null : { ...found, namespace: this.#namespaceOf(id) };
  }

  /** A separate query: a database from an older server does not have this column. */
  #namespaceOf(id: string): PidNamespace | null {
    const sql = "SELECT pid_namespace FROM attempts WHERE id = ?";
    const text = this.#read(
      sql,
      (statement) => statement.get(id),
      (row) => row?.["pid_namespace"],
    );
    return typeof text === "string" ? (JSON.parse(text) as PidNamespace) : null;
  }

  /** Distinguishes a job from a job with the same number in another database; null: unknown, or it has none. */
  jobUuid(id: number): string | null {
    const sql = "SELECT uuid FROM jobs WHERE id = ?";
    const uuid = this.#read(
      sql,
      (statement) => statement.get(id),
      (row) => row?.["uuid"],
    );
    return typeof uuid === "string" ? uuid : null;
  }

  /** Jobs that wait in the queue or are held; null: that cannot be read. */
  waiting(): number | null {
    const sql = "SELECT count(*) AS n FROM jobs WHERE state IN ('queued', 'held')";
    const count = this.#read(
      sql,
      (statement) => statement.get(),
      (row) => row?.["n"],
    );
    return typeof count === "number" ? count : null;
  }

  /** Ids of attempts that have not ended. */
  open(): string[] {
    const sql = "SELECT id FROM attempts WHERE ended_at_ms IS NULL";
    return this.#read(sql, (statement) => statement.all(), toIds) ?? [];
  }

  /**
   * Of living attempts what they have adopted, as `PID:START`, and their jobs. Null: it cannot be
   * read, or a claim is damaged and may name one more.
   */
  adopted(): Map<string, number> | null {
    const sql = `SELECT id, job, claim${this.#sums} FROM attempts
      WHERE ended_at_ms IS NULL AND tier = 'best effort' AND claim IS NOT NULL`;
    return this.#read(sql, (statement) => statement.all(), this.#toAdopted);
  }

  close(): void {
    this.#db?.close();
  }

  get #sums(): string {
    return this.#layout === null ? "" : ", sums";
  }

  readonly #damageOf: Damage = (row) =>
    this.#layout === null ? [] : damageIn("attempts", this.#layout, row);

  readonly #toAttempt = (row: Row): Omit<PeekedAttempt, "namespace"> | null => {
    if (row === undefined) return null;
    const { job, seal_hash, distrusted, claim, ended_at_ms } = row;
    const damaged = this.#damageOf(row);
    const sound = (column: string) => !damaged.includes(column);
    return {
      job: Number(job),
      sealHash: seal_hash !== null && sound("seal_hash") ? String(seal_hash) : null,
      distrusted: distrusted === 1 || !sound("distrusted"),
      claim: claim !== null && sound("claim") ? claimIn(claim) : null,
      ended: ended_at_ms !== null && sound("ended_at_ms"),
    };
  };

  readonly #toAdopted = (rows: NonNullable<Row>[]): Map<string, number> | null => {
    const found = new Map<string, number>();
    for (const row of rows) {
      if (this.#damageOf(row).includes("claim")) return null;
      const { adopted } = claimIn(row["claim"]);
      if (adopted !== undefined) found.set(`${adopted.pid}:${adopted.start}`, Number(row["job"]));
    }
    return found;
  };

  #read<R, T>(sql: string, ask: (statement: StatementSync) => R, use: (found: R) => T): T | null {
    const db = this.#db;
    return db === null ? null : orNull(() => use(ask(db.prepare(sql))));
  }
}

function toIds(rows: ReturnType<StatementSync["all"]>): string[] {
  return rows.map(({ id }) => String(id));
}

function claimIn(stored: unknown): KeeperClaim {
  return JSON.parse(unpack(String(stored)) ?? "") as KeeperClaim;
}

/** Damage shows at any read. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
