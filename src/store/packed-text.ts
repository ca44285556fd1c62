import type { DatabaseSync } from "node:sqlite";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { dictionaries } from "./packing-dictionary.ts";

/** Dictionary and text fit into the window; a small memory is cleared faster at each call. */
const settings = {
  1: { dictionary: dictionaries[1], windowBits: 14, memLevel: 5, level: 9 },
  2: { dictionary: dictionaries[2], windowBits: 11, memLevel: 1, level: 6 },
} as const;

/** More is damage: no text that is packed comes near it. */
const mostBytes = 256 * 1024 * 1024;

/** No JSON begins with it; the digit is the number of the dictionary. */
const packed = /^z([12]):/;
const prefixLength = 3;

/**
 * A text for a column that is read by `unpack`: deflated and in Base64, so that it stays a text in the
 * database, in the journal and in a dump; unchanged if that is not shorter.
 */
export function pack(text: string, dictionary: keyof typeof settings = 1): string {
  const result = `z${dictionary}:${deflateRawSync(text, settings[dictionary]).toString("base64")}`;
  return result.length < text.length ? result : text;
}

export function isPacked(value: unknown): value is string {
  return typeof value === "string" && packed.test(value);
}

/** Null: it is damaged. A text that was never packed, as those of earlier versions, is returned as it is. */
export function unpack(value: string): string | null {
  const number = packed.exec(value)?.[1];
  if (number === undefined) return value;
  const { dictionary } = settings[number === "1" ? 1 : 2];
  const bytes = Buffer.from(value.slice(prefixLength), "base64");
  try {
    // Fails also for a text that is cut off.
    const finishFlush = constants.Z_FINISH;
    return inflateRawSync(bytes, {
      dictionary,
      finishFlush,
      maxOutputLength: mostBytes,
    }).toString();
  } catch {
    return null;
  }
}

/** `holdfast_text(column)` in statements: for conditions on what may be packed. */
export function addUnpacking(db: DatabaseSync): void {
  db.function("holdfast_text", { deterministic: true }, (value) =>
    typeof value === "string" ? unpack(value) : value,
  );
}
