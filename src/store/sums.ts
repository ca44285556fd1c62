import { crc32 } from "node:zlib";
import type { Row } from "./row.ts";

/** The tables whose rows bear checksums, and the columns that name a row: first the table's first column. */
export const summedTables = {
  jobs: ["id"],
  documents: ["hash"],
  job_tags: ["job", "tag"],
  attempts: ["id"],
  receipts: ["attempt"],
  events: ["seq"],
  attempt_gpus: ["attempt"],
  gpu_holds: ["uuid"],
  submissions: ["key"],
  marks: ["name"],
  allocations: ["attempt", "kind", "name"],
  stop_requests: ["id"],
} as const satisfies Record<string, readonly [string, ...string[]]>;
export type SummedTable = keyof typeof summedTables;

/** `COLUMN = VALUE AND …`: the one row that `values` name. */
export function whereRow(
  table: SummedTable,
  value: (column: string) => string = () => "?",
): string {
  return summedTables[table].map((column) => `${column} = ${value(column)}`).join(" AND ");
}

/** Columns that hold JSON: what does not parse is damaged, whatever its checksum says. */
export const jsonColumns: Partial<Record<SummedTable, readonly string[]>> = {
  jobs: ["spec", "env", "outcome"],
  attempts: [
    "claim",
    "pid_namespace",
    "limits",
    "cgroup_also",
    "gpu_uuids",
    // Until receipts had their own table.
    "receipt",
    "declared_ended",
  ],
  receipts: ["receipt"],
  documents: ["document"],
  events: ["data"],
  attempt_gpus: ["baseline", "seen"],
  gpu_holds: ["baseline", "seen"],
  stop_requests: ["client"],
};

/**
 * Values of another table that a row names by their hash: `value` as queries call it. What does not
 * have that hash is damaged, and so is the value of a hash that is damaged.
 */
export const namedByHash: Partial<Record<SummedTable, readonly { hash: string; value: string }[]>> =
  {
    jobs: [
      { hash: "spec_hash", value: "spec" },
      { hash: "env_hash", value: "env" },
    ],
  };

export type Value = string | number | bigint | Uint8Array | null | undefined;

/** Of each checksum. */
export const bytesEach = 4;

/**
 * The checksum of one value. Table, row and column are part of it: a value in another place is as
 * wrong as another value. CRC-32 finds every error of up to 32 neighbouring bits and misses one in
 * four thousand million others. It does not protect against a person who alters a row on purpose;
 * nothing can in a file that the same user can write.
 */
function sumOf(seed: number, column: number, value: Value): number {
  if (value === null || value === undefined) return (seed + column) >>> 0;
  if (value instanceof Uint8Array) return crc32(value, (seed + column + 0x20000000) >>> 0);
  const kind = typeof value === "string" ? 0x40000000 : 0x60000000;
  return crc32(String(value), (seed + column + kind) >>> 0);
}

function seedOf(table: string, key: Value): number {
  return crc32(`${table}\0${String(key)}`);
}

/** Of a new row, its values in the order of its columns. */
export function firstSums(table: string, key: Value, values: readonly Value[]): Uint8Array {
  const seed = seedOf(table, key);
  const sums = Buffer.alloc(values.length * bytesEach);
  for (const [column, value] of values.entries())
    sums.writeUInt32LE(sumOf(seed, column, value), column * bytesEach);
  return sums;
}

/**
 * Of a row that is written again, `pairs` of old and new values. A value that had not matched and
 * stays as it is keeps its checksum: what is damaged is not made sound by writing beside it.
 */
export function nextSums(
  table: string,
  key: Value,
  sums: Value,
  pairs: readonly Value[],
): Uint8Array {
  const seed = seedOf(table, key);
  const before = sums instanceof Uint8Array ? Buffer.from(sums) : Buffer.alloc(0);
  const after = Buffer.alloc((pairs.length / 2) * bytesEach);
  for (let column = 0; column * 2 < pairs.length; column += 1) {
    const [old, value] = [pairs[column * 2], pairs[column * 2 + 1]];
    const at = column * bytesEach;
    const stored = at + bytesEach <= before.length ? before.readUInt32LE(at) : null;
    const stays = stored !== null && old === value && stored !== sumOf(seed, column, old);
    after.writeUInt32LE(stays ? stored : sumOf(seed, column, value), at);
  }
  return after;
}

/** The sums with a value that cannot match, for a value found damaged that had no checksum. */
export function withBroken(sums: Uint8Array, columns: readonly number[]): Uint8Array {
  const broken = Buffer.from(sums);
  for (const column of columns) {
    const at = column * bytesEach;
    broken.writeUInt32LE((broken.readUInt32LE(at) ^ 1) >>> 0, at);
  }
  return broken;
}

/** The index of each column of a table, without `sums` itself. */
export type Layout = ReadonlyMap<string, number>;

/**
 * The columns of a row as it was read (some or all of them, its key and `sums`) that are not what
 * was written. With no usable checksums nothing of the row can be relied on.
 */
export function damagedColumns(table: SummedTable, layout: Layout, row: Row): string[] {
  const { sums } = row;
  const damaged: string[] = [];
  const usable = sums instanceof Uint8Array && sums.byteLength === layout.size * bytesEach;
  const stored = usable ? Buffer.from(sums.buffer, sums.byteOffset, sums.byteLength) : null;
  const seed = seedOf(table, row[summedTables[table][0]] as Value);
  for (const name in row) {
    const column = layout.get(name);
    if (column === undefined) continue;
    const sum = sumOf(seed, column, row[name] as Value);
    if (stored?.readUInt32LE(column * bytesEach) !== sum) damaged.push(name);
  }
  return damaged;
}
