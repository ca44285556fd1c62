// Finds the dialect of language-dialect.ts, and its names in code (language-names.ts), in the files
// that are held to plain English.
// `node scripts/language.ts` is a step of `npm test`. With paths it reads those instead, held or
// not, and with `--count` it prints the number of hits of each folder of the repository.
import { globSync, readFileSync } from "node:fs";
import { matchesGlob } from "node:path";
import { pathToFileURL } from "node:url";
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
import { dialects, type Dialect } from "./language-dialect.ts";
import { names } from "./language-names.ts";

/** Extend this list when an area has been rewritten. `testTitles` reads titles alone. */
const held: { files: string; read: Reader }[] = [
  { files: "{README,CHANGELOG}.md", read: markdown },
  { files: "docs/*.md", read: markdown },
  { files: "docs/{decisions,guides,reference}/*.md", read: markdown },
  { files: "{ARCHITECTURE,CONTRIBUTING}.md", read: markdown },
  { files: "{examples,test}/**/*.md", read: markdown },
  { files: "native/keeper/PROTOCOL.md", read: markdown },
  { files: "native/**/*.{c,h}", read: c },
  { files: "{bench,test/fixtures}/**/*.{c,h}", read: c },
  { files: "{test,examples}/**/*.py", read: python },
  { files: "src/store/migrations/*.sql", read: sql },
  { files: "bench/**/*.ts", read: typescript },
  {
    files: "test/{containment,crash,engines,fixtures,guides,harness,launcher}/**/*.ts",
    read: typescript,
  },
  { files: "test/{process-events,torture,vm}/**/*.ts", read: typescript },
  { files: "test/*.ts", read: typescript },
  { files: "scripts/!(language-dialect|language-names|language.test).ts", read: typescript },
  { files: "scripts/language.test.ts", read: testTitles },
  { files: "src/{compose,config,containment,engines,job}/**/*.ts", read: typescript },
  { files: "src/{processes,recovery,rescue,scheduler,selftest}/**/*.ts", read: typescript },
  { files: "src/{server,store,supervisor,system}/**/*.ts", read: typescript },
  { files: "src/main.ts", read: typescript },
  { files: "src/{cli,client,contract}/**/*.ts", read: typescript },
  { files: "{src,test}/{doctor,gpu,orphans}/**/*.ts", read: typescript },
];

export interface Quotation {
  files: string;
  /** The quoted text, as the file has it. */
  text: string;
  reason: string;
}

/** What may stay. An entry that allows nothing is an error. */
const quotations: Quotation[] = [
  {
    files: "src/cli/completion/scripts.ts",
    text: "words",
    reason: "a variable of the shell's completion",
  },
  {
    files: "src/store/gpus.ts",
    text: "words)",
    reason: "a column of the database",
  },
  {
    files: "src/store/migrations/006-gpus.sql",
    text: "words",
    reason: "a migration of earlier versions, which is never changed",
  },
  {
    files: "src/store/migrations/010-checksums.sql",
    // With escapes: this file is checked as well.
    text: "one\u0020that",
    reason: "a migration of earlier versions, which is never changed",
  },
];

export interface Hit {
  file: string;
  line: number;
  /** What was found. */
  found: string;
  instead: string;
}

/**
 * @param allowed collects the quotations that a hit was in
 * @param sought terms of prose, or names
 */
export function hitsIn(
  file: string,
  source: string,
  read: Reader,
  quoted: Quotation[] = [],
  allowed: Set<Quotation> = new Set(),
  sought: readonly Dialect[] = dialects,
): Hit[] {
  const text = read(source);
  const places = quoted
    .filter(({ files }) => matchesGlob(file, files))
    .flatMap((quotation) =>
      placesOf(quotation.text, source).map((start) => ({
        quotation,
        start,
        end: start + quotation.text.length,
      })),
    );
  return sought
    .flatMap((dialect) => [...text.matchAll(dialect.pattern)].map((match) => ({ dialect, match })))
    .toSorted((one, other) => one.match.index - other.match.index)
    .flatMap(({ dialect, match }) => {
      const start = match.index;
      const place = places.find((one) => one.start <= start && start + match[0].length <= one.end);
      if (place !== undefined) allowed.add(place.quotation);
      return place === undefined ? [hitAt(file, source, start, match[0], dialect)] : [];
    });
}

function placesOf(text: string, source: string): number[] {
  const places: number[] = [];
  for (let at = source.indexOf(text); at >= 0; at = source.indexOf(text, at + 1)) places.push(at);
  return places;
}

function hitAt(file: string, source: string, start: number, found: string, by: Dialect): Hit {
  const line = source.slice(0, start).split("\n").length;
  return { file, line, found: found.replaceAll(/\s+/gu, " ").trim(), instead: by.instead };
}

function main(args: string[]): void {
  if (args[0] === "--count") printCounts();
  else if (args.length > 0) report(hitsOf(args.map((files) => ({ files }))));
  else {
    const allowed = new Set<Quotation>();
    report(hitsOf(held, quotations, allowed));
    for (const { files, text } of quotations.filter((one) => !allowed.has(one))) {
      console.log(`scripts/language.ts: the quotation "${text}" allows nothing in ${files}`);
      process.exitCode = 1;
    }
  }
}

function report(hits: Hit[]): void {
  for (const { file, line, found, instead } of hits) {
    console.log(`${file}:${line}: "${found}": write: ${instead}`);
  }
  if (hits.length === 0) return;
  console.log(`${hits.length} found. scripts/language-dialect.ts has the list.`);
  process.exitCode = 1;
}

function hitsOf(
  areas: { files: string; read?: Reader }[],
  quoted: Quotation[] = [],
  allowed?: Set<Quotation>,
): Hit[] {
  return areas.flatMap(({ files, read }) => {
    const found = globSync(files, { exclude: ["**/node_modules/**", "build/**"] }).toSorted();
    if (found.length === 0) throw new Error(`scripts/language.ts: no file matches ${files}`);
    return found.flatMap((file) => {
      const reader = read ?? readerOf(file);
      return reader === undefined ? [] : allIn(file, reader, quoted, allowed);
    });
  });
}

const namesOf = new Map<Reader, Reader>([
  [typescript, typescriptNames],
  [c, cNames],
  [python, pythonNames],
  [sql, sqlNames],
]);

/** In the file's name, its text and the names in its code. */
function allIn(file: string, reader: Reader, quoted: Quotation[], allowed?: Set<Quotation>): Hit[] {
  const source = readFileSync(file, "utf8");
  const readNames = namesOf.get(reader) ?? null;
  return hitsIn(file, file, (path) => path, [], allowed, names).concat(
    hitsIn(file, source, reader, quoted, allowed),
    readNames === null ? [] : hitsIn(file, source, readNames, quoted, allowed, names),
  );
}

function readerOf(file: string): Reader | undefined {
  if (file.endsWith(".md")) return markdown;
  if (/\.[mc]?[tj]s$/.test(file)) return typescript;
  if (file.endsWith(".py")) return python;
  if (file.endsWith(".sql")) return sql;
  return /\.[ch]$/.test(file) ? c : undefined;
}

/** Each folder, and below src and test each of their folders. */
function printCounts(): void {
  const counts = new Map<string, number>();
  for (const { file } of hitsOf([{ files: "**/*.{md,ts,js,c,h,py}" }])) {
    const parts = file.split("/");
    const depth = /^(?:src|test|docs)$/.test(parts[0] ?? "") ? 2 : 1;
    const area = parts.slice(0, Math.min(depth, Math.max(parts.length - 1, 1))).join("/");
    counts.set(area, (counts.get(area) ?? 0) + 1);
  }
  for (const [area, count] of [...counts].toSorted(([one], [other]) => one.localeCompare(other))) {
    console.log(`${String(count).padStart(6)}  ${area}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(process.argv.slice(2));
