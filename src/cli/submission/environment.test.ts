import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { definition } from "../commands/run.ts";
import { parse } from "../grammar/parse.ts";
import { parseEnvFile } from "./env-file.ts";
import { environmentFor } from "./environment.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-env-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const caller = { PATH: "/bin", HOME: "/home/ada", TOKEN: "secret", LC_ALL: "C" };

function environment(...args: string[]): ReturnType<typeof environmentFor> {
  return environmentFor(parse(definition, [...args, "true"]), caller, folder);
}

describe("the job's environment", () => {
  it("is the environment of the caller, with Python unbuffered", () => {
    expect(environment()).toEqual({ ...caller, PYTHONUNBUFFERED: "1" });
    expect(environment("--no-unbuffered")).toEqual(caller);
  });

  it("refuses a file that is not UTF-8, because its values would change", () => {
    writeFileSync(join(folder, "latin1"), Buffer.from("A=caf\xe9\n", "latin1"));
    expect(() => environment("--env-file", "latin1")).toThrow("it is not UTF-8");
  });

  it("leaves Python as the caller has it", () => {
    const own = { ...caller, PYTHONUNBUFFERED: "" };
    const args = parse(definition, ["true"]);
    expect(environmentFor(args, own, folder)["PYTHONUNBUFFERED"]).toBe("");
  });

  it("can be clean, with single variables passed on", () => {
    expect(environment("--clean-env", "--no-unbuffered", "-e", "TOKEN")).toEqual(caller);
    expect(environment("--clean-env", "--no-unbuffered")).not.toHaveProperty("TOKEN");
  });

  it("takes files over the caller, and single variables over files", () => {
    writeFileSync(join(folder, "job.env"), "A=file\nB=file\nTOKEN=file\n");
    const made = environment("--env-file", "job.env", "-e", "B=x=y", "-e", "EMPTY=");
    expect(made).toMatchObject({ A: "file", B: "x=y", TOKEN: "file", EMPTY: "" });
  });

  it("is refused for a name that is not set, without a name, and for a file that is not there", () => {
    expect(() => environment("-e", "NOT_SET")).toThrow("NOT_SET is not set here");
    expect(() => environment("-e", "=x")).toThrow("needs a name");
    expect(() => environment("--env-file", "none.env")).toThrow("it is not there");
    expect(() => environment("--env-file", ".")).toThrow("it is a folder");
  });

  it("never shows the line of a file that is not understood: it may hold a secret", () => {
    writeFileSync(join(folder, "job.env"), "A=1\nhunter2\n");
    expect(() => environment("--env-file", "job.env")).toThrow(/line 2 is not KEY=VALUE/);
    expect(() => environment("--env-file", "job.env")).not.toThrow(/hunter2/);
  });
});

describe("a file of variables", () => {
  it("has lines, comments, quotes and nothing that is expanded", () => {
    const text = [
      "# comment",
      "",
      "A=1",
      "export B = two parts ",
      "C='$HOME \\n'",
      'D="a\\"b\\\\c\\n"',
      "E=",
      "F=$A",
    ].join("\r\n");
    expect(parseEnvFile(`\ufeff${text}`)).toEqual({
      ok: true,
      variables: [
        ["A", "1"],
        ["B", "two parts"],
        ["C", String.raw`$HOME \n`],
        ["D", 'a"b\\c\n'],
        ["E", ""],
        ["F", "$A"],
      ],
    });
  });

  it("names the line that is wrong", () => {
    expect(parseEnvFile("A=1\nno equals")).toEqual({ ok: false, line: 2 });
    expect(parseEnvFile('A="open')).toEqual({ ok: false, line: 1 });
    expect(parseEnvFile('A="a"b"')).toEqual({ ok: false, line: 1 });
  });

  it("gives back any value in double quotes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        fc.pre(!/[\r\n]/.test(value));
        const quoted = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
        expect(parseEnvFile(`A="${quoted}"`)).toEqual({ ok: true, variables: [["A", value]] });
      }),
    );
  });
});
