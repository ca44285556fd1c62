import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { basename, dirname, relative } from "node:path";
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import type { BuiltProgram } from "../src/system/built-program.ts";
import { writeDurably } from "./durable.ts";
import { SetUpFailure, step } from "./step.ts";

/** What is built, each from its entry point. */
export const programs = {
  cli: "src/cli/main.ts",
  server: "src/main.ts",
  reader: "src/reading/main.ts",
  rescue: "src/rescue/main.ts",
  "gpu-probe": "src/gpu/probe/main.ts",
  inspection: "src/inspection/main.ts",
  "status-database": "src/orphans/status/main.ts",
  commands: "src/hosting/main.ts",
} satisfies Record<BuiltProgram, string>;

/** How long an older program is kept: a command that has just started is about to load it. */
const keepOldPartsMs = 60 * 60 * 1000;

/** Zod brings its messages in fifty languages: 400 KB in each program. */
const onlyEnglish: Plugin = {
  name: "only-english",
  setup: (bundler) =>
    bundler.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, ({ path }) => ({
      contents: 'export { default as en } from "./en.js";',
      resolveDir: dirname(path),
    })),
};

/**
 * CommonJS, each in one file: as an ES module a program starts 10 to 50 ms later, because Node reads
 * every export of its own modules when they are imported, and cannot keep what it compiled. One
 * line is at most 200 characters long, because Node prints the line that throws.
 */
const options = (id: string) =>
  ({
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    minifyWhitespace: true,
    lineLimit: 200,
    define: { "import.meta.dirname": "__dirname", HOLDFAST_BUILD_ID: JSON.stringify(id) },
    loader: { ".sql": "text", ".toml": "text" },
    // Native: it loads its own binary from beside its own files.
    // pg-native is an optional part of pg that is not installed.
    external: ["koffi", "pg-native"],
    entryPoints: programs,
    entryNames: "parts/[name]-[hash]",
    outExtension: { ".js": ".cjs" },
    outdir: "build",
    legalComments: "none",
    logLevel: "silent",
    plugins: [onlyEnglish],
  }) satisfies BuildOptions;

/** Bundles the programs into build/. Returns the sources they were made of, and an id of these. */
export async function bundle(): Promise<{ inputs: string[]; id: string }> {
  let inputs: string[] = [];
  const id = sourceId();
  await step("bundle", async () => {
    mkdirSync("build/parts", { recursive: true });
    const { metafile, outputFiles } = await build(options(id)).catch((error: unknown) => {
      throw new SetUpFailure(error instanceof Error ? error.message : String(error));
    });
    assertLight(metafile);
    assertOneLanguage(metafile);
    const builtMs = Date.now();
    for (const output of outputFiles)
      writeDurably(relative(process.cwd(), output.path), output.contents, builtMs);
    removeOldParts(new Set(outputFiles.map((output) => basename(output.path))), builtMs);
    // The files that start them come last, the command line's after all: until then the old ones load
    // the old parts.
    for (const name of namesOf(programs).toReversed())
      writeDurably(`build/${name}.cjs`, startOf(basename(partOf(name, metafile))), builtMs);
    removeCompileCache();
    inputs = Object.keys(metafile.inputs);
  });
  return { inputs: inputs.filter((path) => !path.startsWith("node_modules/")), id };
}

const namesOf = (all: typeof programs) => Object.keys(all) as BuiltProgram[];

function partOf(name: BuiltProgram, { outputs }: Metafile): string {
  const found = Object.entries(outputs).find(([, output]) => output.entryPoint === programs[name]);
  if (found === undefined) throw new Error(`esbuild gave no output for ${programs[name]}`);
  return found[0];
}

/** The same for the same sources: a server and a client with the same id speak the same language. */
function sourceId(): string {
  const hash = createHash("sha256");
  for (const path of [
    "package-lock.json",
    ...sourcesBelow("src"),
    ...sourcesBelow("native/client"),
  ])
    hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
  return hash.digest("hex").slice(0, 32);
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".test.ts"))
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .toSorted();
}

/**
 * Each command reads the whole bundle. With zod in it, by way of one import of a schema, it has
 * 1,160 KB instead of 220 and every command takes 10 ms longer.
 */
function assertLight(metafile: Metafile): void {
  const inputs = Object.keys(metafile.outputs[partOf("cli", metafile)]?.inputs ?? {});
  if (inputs.some((path) => path.startsWith("node_modules/zod/")))
    throw new Error("the command line imports zod: take types only from files with schemas");
}

function assertOneLanguage({ inputs }: Metafile): void {
  const languages = Object.keys(inputs).filter((path) => path.includes("zod/v4/locales/"));
  if (languages.length > 2)
    throw new Error(`the programs have ${languages.length - 1} languages of zod's messages`);
}

/** Node never removes what it compiled for files that are gone. */
function removeCompileCache(): void {
  try {
    rmSync("build/compile-cache", { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    // It has a folder for each user and is keyed by content: another user's does no harm.
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["EACCES", "EPERM"].includes(code)) throw error;
  }
}

/**
 * The compile cache has to be switched on before the modules it is for are loaded, so each program
 * starts from a file that imports nothing of ours. Only the clone's owner fills it: what root wrote
 * there its owner could not remove.
 */
function startOf(part: string): string {
  return [
    'if (require("node:fs").statSync(__dirname).uid === process.geteuid())',
    '  require("node:module").enableCompileCache(__dirname + "/compile-cache");',
    `require("./parts/${part}");`,
    "",
  ].join("\n");
}

/** All files of one build have the same modification time, build/cli.cjs among them. */
function removeOldParts(current: Set<string>, builtMs: number): void {
  const previousMs = statSync("build/cli.cjs", { throwIfNoEntry: false })?.mtimeMs;
  for (const name of readdirSync("build/parts")) {
    if (current.has(name)) continue;
    const path = `build/parts/${name}`;
    const { mtimeMs } = statSync(path);
    // It was in use until this moment, so the time begins now.
    if (mtimeMs === previousMs) utimesSync(path, builtMs / 1000, builtMs / 1000 - 1);
    else if (builtMs - mtimeMs > keepOldPartsMs) rmSync(path);
  }
}
