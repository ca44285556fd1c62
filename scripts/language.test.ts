import { describe, expect, it } from "vitest";
import { dialects } from "./language-dialect.ts";
import { names } from "./language-names.ts";
import {
  c,
  cNames,
  markdown,
  python,
  pythonNames,
  sql,
  sqlNames,
  testTitles,
  typescript,
  typescriptNames,
  type Reader,
} from "./language-prose.ts";
import { hitsIn, type Quotation } from "./language.ts";

const plain: Reader = (source) => source;

/** Line and text of each hit. */
const hits = (source: string, read: Reader): string[] =>
  hitsIn("a-file", source, read).map(({ line, found }) => `${line} ${found}`);

const findsIn = (text: string, { source }: RegExp): boolean => new RegExp(source, "iu").test(text);

describe("the list of dialect", () => {
  it.each(dialects)("$pattern is found in its example", ({ pattern, instead, example }) => {
    expect(hitsIn("a-file", example, plain)).toContainEqual(expect.objectContaining({ instead }));
    expect(findsIn(example, pattern)).toBe(true);
  });

  it.each(dialects.filter(({ allowed }) => allowed !== undefined))(
    "$pattern is not found in the allowed text",
    ({ pattern, allowed }) => {
      expect(findsIn(allowed ?? "", pattern)).toBe(false);
    },
  );
});

describe("Python and SQL", () => {
  const inPython =
    '# nobody here\ndef nobody():\n    """Whom it\n    stops."""\n    x = "nobody"\n';
  const inSql = "-- whom it stops\nCREATE TABLE a (words TEXT DEFAULT 'nobody is');\n";

  it("have comments and texts, but no names, in their prose", () => {
    expect(hits(inPython, python)).toEqual(["1 nobody", "3 Whom"]);
    expect(hits(inSql, sql)).toEqual(["1 whom", "2 nobody"]);
  });

  it("have names outside comments and texts", () => {
    const found = (source: string, read: Reader) =>
      hitsIn("a-file", source, read, [], new Set(), names).map(({ line, found: text }) => [
        line,
        text,
      ]);
    expect(found(inPython, pythonNames)).toEqual([[2, "nobody"]]);
    expect(found(inSql, sqlNames)).toEqual([[2, "words"]]);
  });
});

describe("markdown", () => {
  it("reads text across lines, tables and link texts", () => {
    const page = "# Whom\n\nGive it so\nmany.\n\n| nobody |\n|---|\n| [somebody](x.md) |\n";
    expect(hits(page, markdown)).toEqual(["1 Whom", "3 so many", "6 nobody", "8 somebody"]);
  });

  it("ignores code and addresses", () => {
    const page = [
      "`nobody` ``a ` nobody`` [x](0013-nobody.md) <https://example.org/nobody>",
      "",
      "```",
      "nobody",
      "```",
      "text",
      "    still text: nobody",
      "",
      "    nobody",
      "",
      "    nobody",
      "~~~ sh",
      "nobody ```",
      "~~~",
      "nobody",
    ];
    expect(hits(page.join("\n"), markdown)).toEqual(["7 nobody", "15 nobody"]);
  });
});

describe("TypeScript", () => {
  it("reads comments across their lines", () => {
    const source = [
      "/** Give it so",
      " * many. */",
      "export const a = 1; // nobody",
      "  // is looked",
      "  // at",
      "call(/* whom */ a /* anew */);",
      "// whoever",
    ];
    expect(hits(source.join("\n"), typescript)).toEqual([
      "1 so many",
      "3 nobody",
      "4 looked at",
      "6 whom",
      "6 anew",
      "7 whoever",
    ]);
  });

  it("reads strings that contain a blank, and the parts of templates", () => {
    const source = [
      'const a = "nobody is left";',
      "const b = `there is nobody`;",
      "const c = `for ${a ? `by nobody` : nobody} and nobody ${b}, nobody `;",
      'const d = "\\nobody\\nnobody is there";',
    ];
    expect(hits(source.join("\n"), typescript)).toEqual([
      "1 nobody",
      "2 nobody",
      "3 nobody",
      "3 nobody",
      "3 nobody",
      "4 nobody",
    ]);
  });

  it("ignores code, names, imports, regular expressions and quoted code", () => {
    const source = [
      'import { nobody } from "./so many.ts";',
      'const whom = { nobody: "nobody" };',
      'const a = / nobody " /;',
      "// The field `nobody`, https://example.org/nobody",
      'const b = "set `nobody` first";',
      "const c = `set \\`nobody\\` first`;",
    ];
    expect(hits(source.join("\n"), typescript)).toEqual([]);
  });
});

it("the titles of tests are read without the rest", () => {
  const source = [
    'const a = "by nobody";',
    'describe("of nobody", () => {',
    '  it("is told", () => { fail("nobody is there"); });',
    "  it.each([1])(`who ${1} whom`, () => {}); // nobody",
    "});",
  ];
  expect(hits(source.join("\n"), testTitles)).toEqual(["2 nobody", "3 told", "4 who", "4 whom"]);
});

it("C: comments and strings that contain a blank are read", () => {
  const source = [
    "/* so",
    " * many */ int nobody; // whom",
    'print("nobody", "by nobody", \'"\', "\\"anew ");',
    "/* somebody",
    "",
    "   whoever */",
  ];
  expect(hits(source.join("\n"), c)).toEqual([
    "1 so many",
    "2 whom",
    "3 nobody",
    "3 anew",
    "4 somebody",
    "6 whoever",
  ]);
});

describe("names in code", () => {
  const named = (source: string, read: Reader) =>
    hitsIn("a-file", source, read, [], new Set(), names).map(
      ({ line, found }) => `${line} ${found}`,
    );

  it.each(names)("$pattern is found in its example", ({ instead, example }) => {
    expect(hitsIn("a-file", example, plain, [], new Set(), names)).toContainEqual(
      expect.objectContaining({ instead }),
    );
  });

  it("are found in identifiers and not in comments, strings or longer names", () => {
    const source = [
      "const toldOnce = look(proofWords, #usual); // told",
      'const overlooked = "told"; const crosswords = `${whom}`;',
      "class Patience { MAX_LOOKS = 1; retold = 2; }",
    ];
    expect(named(source.join("\n"), typescriptNames)).toEqual([
      "1 told",
      "1 look",
      "1 Words",
      "1 usual",
      "2 whom",
      "3 Patience",
      "3 LOOKS",
    ]);
  });

  it("are found in C", () => {
    const source = 'struct clone_wish wish; /* told */ call("told", TELL_EVERY_MS);';
    expect(named(source, cNames)).toEqual(["1 wish", "1 wish", "1 TELL"]);
  });

  it("are found in the names of files", () => {
    const found = (file: string) => hitsIn(file, file, plain, [], new Set(), names).length;
    expect([found("src/cli/other-words.ts"), found("src/client/stall-timeout.ts")]).toEqual([1, 0]);
  });
});

describe("quotations", () => {
  const quotation: Quotation = { files: "docs/*.md", text: "told by nobody", reason: "a test" };
  const source = "It says: told by nobody. It is told.";

  it("are allowed in their files, and nothing else is", () => {
    const allowed = new Set<Quotation>();
    const found = hitsIn("docs/a.md", source, markdown, [quotation], allowed);
    expect(found).toMatchObject([{ file: "docs/a.md", line: 1, found: "told" }]);
    expect([...allowed]).toEqual([quotation]);
  });

  it("are not allowed in other files", () => {
    const allowed = new Set<Quotation>();
    expect(hitsIn("src/a.md", source, markdown, [quotation], allowed)).toHaveLength(3);
    expect(allowed.size).toBe(0);
  });
});
