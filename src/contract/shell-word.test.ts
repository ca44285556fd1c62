import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { shellWord } from "./shell-word.ts";

const texts = [
  "",
  "plain/word-1.txt",
  "two parts",
  "it's",
  "$(reboot); `reboot` && rm -rf ~",
  String.raw`dev-disk-by\x2duuid.service`,
  "\u001b]0;title\u0007",
  "line\nline\ttab",
  String.raw`back\slash and 'quote'` + "\u001b[2J",
  "\u202egnp.exe",
];

it.each(texts)("bash reads %j as one argument that is the same text", (text) => {
  const word = shellWord(text);
  const script = `set -- ${word}; printf '%s|%s' "$#" "$1"`;
  const env = { LC_ALL: "C.UTF-8" };
  expect(execFileSync("bash", ["-c", script], { encoding: "utf8", env })).toBe(`1|${text}`);
});

it("a quoted argument does nothing to a terminal", () => {
  expect(shellWord("\u001b]0;title\u0007")).toBe(String.raw`$'\x1b]0;title\x07'`);
  expect(shellWord("a\u009b2J")).toBe(String.raw`$'a\u009b2J'`);
  expect(shellWord("plain/word-1.txt")).toBe("plain/word-1.txt");
});
