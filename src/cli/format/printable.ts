/**
 * Characters that a terminal would execute or hide: control characters, line separators, directional overrides
 * and other invisible format characters, halves of surrogate pairs. The zero-width joiner stays:
 * emoji are made with it.
 */
const unsafe = /(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const named: Record<string, string> = {
  "\n": String.raw`\n`,
  "\t": String.raw`\t`,
  "\r": String.raw`\r`,
};

/** One line of text that does nothing to a terminal but show itself. */
export function printable(text: string): string {
  return text.replace(unsafe, (character) => named[character] ?? escaped(character));
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code <= 0xff) return String.raw`\x${digits.padStart(2, "0")}`;
  return code <= 0xffff ? String.raw`\u${digits.padStart(4, "0")}` : String.raw`\u{${digits}}`;
}
