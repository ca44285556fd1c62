// Breaks the core in one place after the other, in a copy of the tree, and expects a test to fail
// each time. `npm run mutate` tries all of test/mutations.ts, `npm run mutate -- TEXT…` those whose
// name or file contains one of the texts.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { mutations, type Check, type Mutation } from "../test/mutations.ts";
import { lastTotals } from "./totals.ts";

/** A mutation may hang a test: that counts as noticed. */
const hungAfterMs = 30_000;
const longestRunMs = 300_000;

type Result = "caught" | "survived" | "broken";

const texts = process.argv.slice(2);
const wanted = mutations.filter(
  ({ name, file }) =>
    texts.length === 0 || texts.some((word) => name.includes(word) || file.includes(word)),
);
/** What the last program printed. */
let lastOutput = "";
const copy = mkdtempSync(join(tmpdir(), "holdfast-mutations-"));
try {
  // Some tests start the keeper as another user.
  chmodSync(copy, 0o755);
  copyTree();
  process.exitCode = tryAll() ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

/** Files that git tracks or would track. What is installed is shared, what is built is not. */
function copyTree(): void {
  const files = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    encoding: "utf8",
  });
  for (const file of files.split("\0").filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(file, join(copy, file), { verbatimSymlinks: true });
  }
  for (const name of ["node_modules", ".toolchain"])
    symlinkSync(join(process.cwd(), name), join(copy, name));
}

function tryAll(): boolean {
  const checks = new Map(wanted.map(({ caughtBy }) => [JSON.stringify(caughtBy), caughtBy]));
  for (const check of checks.values())
    if (run(check) !== "passed") {
      console.log(`fails without any mutation: ${JSON.stringify(check)}\n${lastOutput}`);
      return false;
    }
  const results = wanted.map((mutation) => {
    const result = tryOne(mutation);
    console.log(`${result.padEnd(8)}  ${mutation.file}: ${mutation.name}`);
    return result;
  });
  const count = (result: Result) => results.filter((one) => one === result).length;
  console.log(`${count("caught")} passed, ${results.length - count("caught")} failed`);
  return count("caught") === results.length && results.length > 0;
}

function tryOne({ file, from, to, caughtBy }: Mutation): Result {
  const path = join(copy, file);
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2) return "broken";
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  try {
    const outcome = run(caughtBy);
    if (outcome === "passed") return "survived";
    return outcome === "failed" ? "caught" : "broken";
  } finally {
    writeFileSync(path, text);
  }
}

/** `no result`: no test ran, as where the mutation does not compile. */
function run(check: Check): "passed" | "failed" | "no result" {
  const { kind } = check;
  if (kind === "keeper") return runKeeperTests(check.tests);
  if (kind === "e2e" && spawn("scripts/set-up", []).status !== 0) return "no result";
  const report = join(copy, "build/mutation.json");
  rmSync(report, { force: true });
  spawn(join(copy, "node_modules/.bin/vitest"), [
    "run",
    "--project",
    kind,
    "--bail=1",
    `--testTimeout=${hungAfterMs}`,
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...check.tests,
    ...(check.named === undefined ? [] : ["-t", check.named]),
  ]);
  try {
    const { numFailedTests, numPassedTests } = JSON.parse(readFileSync(report, "utf8")) as {
      numFailedTests: number;
      numPassedTests: number;
    };
    if (numFailedTests > 0) return "failed";
    return numPassedTests > 0 ? "passed" : "no result";
  } catch {
    return "no result";
  }
}

function runKeeperTests(tests: readonly string[]): "passed" | "failed" | "no result" {
  const make = spawn("make", ["-s", "-C", "native/keeper", "all", "faulty", "fixtures"]);
  if (make.status !== 0) return "no result";
  const { output } = spawn(
    ...contained("/usr/bin/python3", [join(copy, "native/keeper/test/check.py"), ...tests]),
    {
      HOLDFAST_KEEPER_BUILD: join(copy, "build/keeper"),
      HOLDFAST_KEEPER_FAILFAST: "1",
      HOLDFAST_KEEPER_DEADLINE_S: String(hungAfterMs / 1000),
    },
  );
  const { totals, objections } = lastTotals(output, false);
  if (totals.failed > 0) return "failed";
  return objections.length === 0 && totals.passed > 0 ? "passed" : "no result";
}

/**
 * A broken keeper leaves processes, and a keeper that left forking processes has filled a machine. Root
 * gives each run a PID namespace, with which all of them end.
 */
function contained(program: string, args: string[]): [string, string[]] {
  if (process.getuid?.() !== 0) return [program, args];
  return ["unshare", ["-pf", "--mount-proc", "--kill-child", program, ...args]];
}

function spawn(program: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: copy,
    encoding: "utf8",
    maxBuffer: Infinity,
    timeout: longestRunMs,
    killSignal: "SIGKILL",
    env: { ...process.env, ...env, PATH: `${copy}/.toolchain/bin:${process.env["PATH"] ?? ""}` },
  });
  lastOutput = `${stdout}\n${stderr}`;
  return { status, output: lastOutput };
}
