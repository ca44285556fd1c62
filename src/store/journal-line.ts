import { crc32 } from "node:zlib";
import type { HighWater, Statement } from "./database.ts";

/** The first line of a journal file. */
export interface JournalHeader {
  store: number;
  /** The number of the first commit that the file may hold. */
  from: number;
  /** The store was empty before that commit: the journals alone have everything. */
  empty: boolean;
}

export interface JournalCommit {
  number: number;
  schema: number;
  light: boolean;
  high: HighWater;
  statements: Statement[];
}

export type JournalLine = JournalHeader | JournalCommit;

/** `CRC32 JSON`: a line that was cut off or altered is recognized, and later lines are still read. */
export function lineOf(content: JournalLine): string {
  const json = JSON.stringify(content);
  return `${checksum(json)} ${json}\n`;
}

/** Null for a line that is damaged. */
export function parseLine(line: string): JournalLine | null {
  const json = line.slice(9);
  if (line.slice(0, 8) !== checksum(json)) return null;
  return JSON.parse(json) as JournalLine;
}

export function isCommit(line: JournalLine): line is JournalCommit {
  return "number" in line;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}
