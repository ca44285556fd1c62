import { unsafeCharacters } from "./unsafe-characters.ts";

const plainWord = /^[\w@%+=:,./-]+$/;

const named: Record<string, string> = {
  "\n": String.raw`\n`,
  "\t": String.raw`\t`,
  "\r": String.raw`\r`,
};

/** The text as one word of a shell, safe to show and to paste: a path may contain anything. */
export function shellWord(text: string): string {
  if (plainWord.test(text)) return text;
  const shown = text
    .replaceAll(/['\\]/g, String.raw`\$&`)
    .replace(unsafeCharacters, (character) => named[character] ?? escaped(character));
  // Control characters cannot be typed in plain quotes; shells show them as $'…'.
  return text.search(unsafeCharacters) === -1
    ? `'${text.replaceAll("'", String.raw`'\''`)}'`
    : `$'${shown}'`;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code <= 0x7f) return String.raw`\x${digits.padStart(2, "0")}`;
  return code <= 0xffff
    ? String.raw`\u${digits.padStart(4, "0")}`
    : String.raw`\U${digits.padStart(8, "0")}`;
}
