import { followedStates } from "../job/states.ts";
import type { Allocation } from "../job/allocation.ts";
import { CheckedRow } from "./checked-row.ts";
import type { Database } from "./database.ts";
import { strangeIds } from "./job-indexes.ts";

/** What an attempt that has not ended was given, by its own row. */
export interface Unfinished {
  attempt: string;
  job: number;
  /** Null: this field of its own row is damaged. */
  gpuUuids: readonly string[] | null;
}

/** Also attempts whose job, or whose end, is damaged: an end that cannot be read frees nothing. */
export function unfinishedAttempts(db: Database): Unfinished[] {
  const live = `SELECT value FROM json_each(?)`;
  const states = JSON.stringify(followedStates);
  const columns = "SELECT id, attempt, sums FROM jobs WHERE";
  const jobs = [
    ...db.all(`${columns} state IN (${live})`, states),
    ...db.all(`${columns} id IN (${live})`, JSON.stringify(strangeIds(db))),
  ].map((row) => new CheckedRow(db, "jobs", row));
  const [current, unclear] = [
    jobs.filter((job) => !job.isDamaged("attempt")).map((job) => job.text("attempt")),
    jobs.filter((job) => job.isDamaged("attempt")).map((job) => job.number("id")),
  ];
  const rows = db.all(
    `SELECT id, job, gpu_uuids, ended_at_ms, sums FROM attempts
       WHERE id IN (${live}) OR job IN (${live})`,
    JSON.stringify(current),
    JSON.stringify(unclear),
  );
  return rows
    .map((row) => new CheckedRow(db, "attempts", row))
    .filter((row) => row.number("ended_at_ms") === null || row.isDamaged("ended_at_ms"))
    .map((row) => ({
      attempt: row.text("id") ?? "",
      job: row.number("job") ?? 0,
      gpuUuids: row.json("gpu_uuids") as string[] | null,
    }));
}

/**
 * What attempts hold if rows are not what was written. An attempt's own row has it as well, so the
 * attempt holds what either of the two says. A GPU that a damaged row names is withheld, too. If
 * neither can be read, it is unknown which GPUs the attempt holds: then no GPU is assigned.
 */
export function resolveAllocations(
  sound: readonly Allocation[],
  damaged: readonly CheckedRow[],
  unfinished: readonly Unfinished[],
): Allocation[] {
  const others = sound.filter((one) => unfinished.every(({ attempt }) => attempt !== one.attempt));
  const strays = damaged.filter((row) =>
    unfinished.every(({ attempt }) => attempt !== row.text("attempt")),
  );
  const resolved = unfinished.map(({ attempt, job, gpuUuids }): Allocation => {
    const own = sound.find((one) => one.attempt === attempt);
    const its = damaged.filter((row) => row.text("attempt") === attempt);
    const named = [...(own?.resources.gpuUuids ?? []), ...(gpuUuids ?? []), ...gpusIn(its)];
    const isUncertain = gpuUuids === null && (its.length > 0 || strays.length > 0 || !own);
    return {
      attempt,
      job,
      resources: { slots: Math.max(1, own?.resources.slots ?? 1), gpuUuids: [...new Set(named)] },
      ...(its.length > 0 || !own || isUncertain
        ? { damaged: isUncertain ? "unknown" : "certain" }
        : {}),
    };
  });
  return [...others, ...resolved, ...strays.flatMap(strayAllocation)];
}

/** Its attempt ends without freeing it: it counts until the next start rebuilds the rows. */
function strayAllocation(row: CheckedRow): Allocation[] {
  const gpuUuids = gpusIn([row]);
  if (gpuUuids.length === 0) return [];
  return [
    {
      attempt: row.text("attempt") ?? "",
      job: row.number("job") ?? 0,
      resources: { slots: 0, gpuUuids },
      damaged: "certain",
    },
  ];
}

function gpusIn(rows: readonly CheckedRow[]): string[] {
  return rows.flatMap((row) => {
    const name = row.isDamaged("name") ? "" : (row.text("name") ?? "");
    return name === "" ? [] : [name];
  });
}
