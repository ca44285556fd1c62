import type { ExitRecord } from "../../contract/keeper.ts";
import type { Receipt } from "../../contract/receipt.ts";
import { formatDuration } from "../../contract/units.ts";

export type DiskFull = NonNullable<Receipt["diskFull"]>;

/** When this server could not record something of a job because the disk was full; by job. */
export class RefusedRecords {
  readonly #seen = new Map<number, { firstMs: number; lastMs: number }>();

  note(job: number, atMs: number): void {
    this.#seen.set(job, { firstMs: this.#seen.get(job)?.firstMs ?? atMs, lastMs: atMs });
  }

  of(job: number): DiskFull {
    const seen = this.#seen.get(job);
    return seen === undefined ? [] : [{ seenBy: "server", ...seen }];
  }

  forget(job: number): void {
    this.#seen.delete(job);
  }
}

/** Only what the keeper or the server saw: neither sees the payload's own failed writes. */
export function diskFullOf(exit: ExitRecord | null, server: DiskFull): DiskFull {
  const seen = exit?.disk_full ?? null;
  if (seen === null) return server;
  return [{ seenBy: "keeper", firstMs: seen.first_ms, lastMs: seen.last_ms }, ...server];
}

/** For people; null if it was never seen full. */
export function diskFullMessage(seen: DiskFull): string | null {
  const [first] = seen;
  if (first === undefined) return null;
  const ms = first.lastMs - first.firstMs;
  const time = ms <= 0 ? "once" : `over ${formatDuration(ms)}`;
  const [what, verb] =
    first.seenBy === "keeper"
      ? ["what it wrote then", "be cut or missing"]
      : ["records of it", "be late"];
  return `the disk was seen full ${time} (by the ${first.seenBy}): ${what} may ${verb}`;
}
