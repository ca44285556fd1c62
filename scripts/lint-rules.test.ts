import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { RuleTester } from "oxlint/plugins-dev";
import { describe, expect, it } from "vitest";
import { blockingReads, withoutReads } from "./blocking-reads.ts";
import { noAmbient } from "./lint-ambient.ts";
import { noBlockingRead } from "./lint-blocking.ts";
import { importDirection } from "./lint-layers.ts";
import type { LintRule } from "./lint-types.ts";

RuleTester.describe = describe;
RuleTester.it = it;
const tester = new RuleTester({ languageOptions: { parserOptions: { lang: "ts" } } });

type Rule = Parameters<RuleTester["run"]>[1];
const asRule = (rule: LintRule) => rule as unknown as Rule;

const inFile = (path: string) => (code: string) => ({
  code,
  filename: resolve(import.meta.dirname, "..", path),
});
const refused = (path: string, code: string, message: string | RegExp) => ({
  ...inFile(path)(code),
  errors: [{ message }],
});

const server = inFile("src/server/routes/job.ts");
const scheduler = inFile("src/scheduler/decide.ts");
const cli = inFile("src/cli/commands/run.ts");

tester.run("import-direction", asRule(importDirection), {
  valid: [
    server('import { cancel } from "../../supervisor/cancel.ts";'),
    server('import type { Job } from "../../job/job.ts";'),
    server('import { other } from "./other.ts";'),
    scheduler('import type { Job } from "../job/job.ts";'),
    cli('const { client } = await import("../../client/client.ts");'),
    inFile("src/main.ts")('import "./server/server.ts";'),
    inFile("src/job/states.test.ts")('import { readFileSync } from "node:fs";'),
    inFile("test/cancel.test.ts")('import "../src/supervisor/verbs/cancel.ts";'),
  ],
  invalid: [
    refused(
      "src/job/spec.ts",
      'import type { A } from "../contract/job.ts";',
      "job may not import from contract, only from: nothing.",
    ),
    refused("src/store/jobs.ts", 'import "../gpu/probe.ts";', /^store may not import from gpu/),
    refused("src/supervisor/a.ts", 'export * from "../server/b.ts";', /^supervisor may not/),
    refused("src/server/a.ts", 'export { b } from "../cli/b.ts";', /^server may not/),
    refused("src/server/a.ts", 'import "../main.ts";', /^server may not import from main/),
    refused(
      "src/cli/commands/run.ts",
      'const { store } = await import("../../store/database.ts");',
      "cli may not import from store, only from: client, contract.",
    ),
    refused("web/page.ts", 'import "../src/store/jobs.ts";', /^web may not import from store/),
    refused("src/scheduler/a.ts", 'import { readFileSync } from "node:fs";', /is pure/),
    refused("src/job/a.ts", 'import type { Stats } from "node:fs";', /is pure/),
  ],
});

tester.run("no-ambient", asRule(noAmbient), {
  valid: [
    scheduler("const at = new Date(nowMs);"),
    scheduler("clock.setTimeout(() => {}, 5);"),
    scheduler("interface Clock { setTimeout(run: () => void): void; now(): number }"),
    scheduler("const clock = { now: () => 5, random: 2 }; clock.now();"),
    scheduler('import type { ChildProcess } from "node:child_process";'),
  ],
  invalid: [
    "Date.now();",
    "new Date();",
    "new Date;",
    "Date();",
    "const { at } = { at: Date.now };",
    "Math.random();",
    "performance.now();",
    "process.hrtime.bigint();",
    "setTimeout(run, 5);",
    "globalThis.setTimeout(run, 5);",
    "const later = setInterval;",
    "wait(setImmediate);",
    'import { spawn } from "node:child_process";',
    'import { spawn } from "child_process";',
    'import { setTimeout as wait } from "node:timers/promises";',
    'await import("node:child_process");',
    'export { spawn } from "node:child_process";',
  ].map((code) => refused("src/scheduler/decide.ts", code, /only in src\/system/)),
});

tester.run("no-blocking-read", asRule(noBlockingRead), {
  valid: [
    server('import { readFile } from "node:fs/promises";'),
    server('import { constants, type Stats } from "node:fs";'),
    server('import { readSync } from "./read.ts";'),
    server('import type { Orphans } from "../../orphans/orphans.ts";'),
    server('import { WatchTotals } from "../../orphans/watch-totals.ts";'),
    inFile("src/containment/cgroup.ts")('import { readFileSync } from "node:fs";'),
    inFile("src/orphans/holdings.ts")('import { readFileSync } from "node:fs";'),
    inFile("src/inspection/orphans-here.ts")('import { a } from "../orphans/orphans.ts";'),
    inFile("src/processes/a.test.ts")('import { readFileSync } from "node:fs";'),
  ],
  invalid: [
    refused("src/server/a.ts", 'import { statSync } from "node:fs";', /^statSync holds up/),
    refused("src/supervisor/a.ts", 'import { rmSync as rm } from "node:fs";', /^rmSync holds up/),
    refused("src/engines/local/a.ts", 'import { openSync } from "node:fs";', /^openSync holds up/),
    refused("src/containment/a.ts", 'import { readSync } from "node:fs";', /^readSync holds up/),
    refused("src/processes/a.ts", 'import { readdirSync } from "node:fs";', /^readdirSync/),
    refused(
      "src/supervisor/a.ts",
      'import { observe } from "../orphans/observe.ts";',
      "orphans/observe.ts reads the machine: call it in a thread of src/inspection.",
    ),
    refused("src/server/a.ts", 'import { examine } from "../doctor/examine.ts";', /in a thread/),
  ],
});

it("the list of blocking reads names only files that have some", () => {
  const textOf = (file: string) =>
    readFileSync(resolve(import.meta.dirname, "../src", file), "utf8");
  const importsSync = /import\s*\{[^}]*Sync\b[^}]*\}\s*from "node:fs"/;
  expect(Object.keys(blockingReads).filter((file) => !importsSync.test(textOf(file)))).toEqual([]);
  expect([...withoutReads].filter((file) => importsSync.test(textOf(file)))).toEqual([]);
});
