import { unsafeCharacters } from "../../contract/unsafe-characters.ts";

const named: Record<string, string> = {
  "\n": String.raw`\n`,
  "\t": String.raw`\t`,
  "\r": String.raw`\r`,
};

/** One line of text that does nothing to a terminal but show itself. */
export function printable(text: string): string {
  return text.replace(unsafeCharacters, (character) => named[character] ?? escaped(character));
}

/** Select Graphic Rendition: the colours of this program. */
// oxlint-disable-next-line no-control-regex
const colours = /(\u001b\[[\d;]*m)/;

/** The same for a line that has been coloured. */
export function printableLine(line: string): string {
  if (line.search(unsafeCharacters) === -1) return line;
  return line
    .split(colours)
    .map((part, index) => (index % 2 === 1 ? part : printable(part)))
    .join("");
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code <= 0xff) return String.raw`\x${digits.padStart(2, "0")}`;
  return code <= 0xffff ? String.raw`\u${digits.padStart(4, "0")}` : String.raw`\u{${digits}}`;
}
