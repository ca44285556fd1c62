import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
} from "node:fs";

const headerBytes = 100;

/**
 * Where a damaged database can be read from: itself, or a copy where it is shorter than its header
 * says. SQLite refuses such a file as a whole; with zeros in place of the lost pages it reads all
 * the others. The copy is the caller's to remove.
 */
export function readableFile(path: string): { path: string; isCopy: boolean } {
  const wholeBytes = bytesByHeader(path);
  if (wholeBytes === null || statSync(path).size >= wholeBytes) return { path, isCopy: false };
  const copy = `${path}.padded`;
  copyFileSync(path, copy);
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
  truncateSync(copy, wholeBytes);
  return { path: copy, isCopy: true };
}

/** Null: it has no header of a database. */
function bytesByHeader(path: string): number | null {
  const header = Buffer.alloc(headerBytes);
  const file = openSync(path, "r");
  try {
    if (readSync(file, header, 0, headerBytes, 0) < headerBytes) return null;
  } finally {
    closeSync(file);
  }
  if (header.toString("latin1", 0, 15) !== "SQLite format 3") return null;
  const pageBytes = header.readUInt16BE(16);
  return (pageBytes === 1 ? 65_536 : pageBytes) * header.readUInt32BE(28);
}
