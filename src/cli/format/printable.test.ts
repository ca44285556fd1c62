import fc from "fast-check";
import { expect, it } from "vitest";
import { commandLine, titleOf } from "./command-line.ts";
import { printable } from "./printable.ts";

/** Everything that a terminal acts on, or that hides or reorders text. */
const acted = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/u;
const anyText = fc.string({ unit: "binary" });

it("shows control characters instead of executing them", () => {
  expect(printable("a\u001b]0;title\u0007b\nc\td\r")).toBe(String.raw`a\x1b]0;title\x07b\nc\td\r`);
  expect(printable("\u009b31m \u202egpj.exe \u2028 \ud800")).toBe(
    String.raw`\x9b31m \u202egpj.exe \u2028 \ud800`,
  );
});

it("leaves what people write as it is", () => {
  for (const text of ["Ωμέγα 模型 naïve", "👩‍💻 🇬🇷", "a\\b"]) expect(printable(text)).toBe(text);
});

it("lets nothing through, whatever a job is called", () => {
  fc.assert(
    fc.property(anyText, fc.array(anyText), (name, command) => {
      expect(printable(name)).not.toMatch(acted);
      expect(commandLine([name, ...command])).not.toMatch(acted);
      expect(titleOf({ name, command: [name] })).not.toMatch(acted);
      expect(titleOf({ name: null, command: [name, ...command] })).not.toMatch(acted);
    }),
  );
});

it("quotes arguments for a shell", () => {
  expect(commandLine(["sh", "-c", "echo 'a b'; ls", ""])).toBe(
    String.raw`sh -c 'echo '\''a b'\''; ls' ''`,
  );
  expect(commandLine(["printf", "a\nb'c"])).toBe(String.raw`printf $'a\nb\'c'`);
  expect(commandLine(["printf", String.raw`\t` + "\n"])).toBe(String.raw`printf $'\\t\n'`);
});

it("calls a job by its name, its script or its program", () => {
  const title = (...command: string[]) => titleOf({ name: null, command });
  expect(titleOf({ name: "nightly", command: ["true"] })).toBe("nightly");
  expect(title("x".repeat(100_000))).toBe(`${"x".repeat(59)}…`);
  expect(title("python3", "-u", "examples/train.py", "--lr")).toBe("train.py");
  expect(title("/usr/bin/python3.11", "t.py")).toBe("t.py");
  expect(title("/opt/bin/train")).toBe("train");
  expect(title("sh", "-c", "echo a.b; exit 3")).toBe("sh");
});
