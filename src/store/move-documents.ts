import type { DatabaseSync } from "node:sqlite";
import { earlierHash } from "./content-hash.ts";
import { MovedValues } from "./moved-values.ts";

const columns = ["spec_hash", "env_hash"] as const;

/** The specifications and environments that jobs had in their own rows, in the columns that now have the hashes. */
export function moveDocuments(db: DatabaseSync): void {
  const moved = new MovedValues(db);
  const isThere = db.prepare("SELECT 1 FROM documents WHERE hash = ?");
  // One at a time: all of them may not fit into memory.
  const ids = db.prepare("SELECT id FROM jobs").all();
  const rowOf = db.prepare("SELECT id, spec_hash, env_hash, sums FROM jobs WHERE id = ?");
  for (const { id } of ids) {
    const row = rowOf.get(Number(id)) ?? {};
    const damage = moved.damageIn("jobs", row);
    for (const column of columns) {
      const text = String(row[column]);
      const isDamaged = damage?.has(column) === true;
      // No other job shares what is damaged, even if it has the same text.
      const hash = isDamaged ? `damaged ${column} ${String(row["id"])}` : earlierHash(text);
      if (isThere.get(hash) === undefined)
        moved.insert(
          "documents",
          [hash, text],
          damage === null ? null : new Set(isDamaged ? ["document"] : []),
        );
      moved.replace("jobs", Number(row["id"]), column, hash);
    }
  }
}
