import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { programs } from "./bundle.ts";

// npm run package                  dist/holdfast-VERSION-linux-ARCH.tar.gz, which runs with a Node on the path
// npm run package -- --with-node   with a Node of its own
// npm run package -- --out FOLDER  somewhere else
//
// What it contains is what is built: no sources, no npm, no compiler.

const { values } = parseArgs({
  options: {
    "with-node": { type: "boolean", default: false },
    out: { type: "string", default: "dist" },
  },
});
const { out } = values;
const withNode = values["with-node"];
const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
const name = `holdfast-${version}-linux-${process.arch}${withNode ? "-node" : ""}`;

mkdirSync(out, { recursive: true });
const folder = mkdtempSync(join(out, ".new-"));
try {
  fill(join(folder, name));
  const archive = join(out, `${name}.tar.gz`);
  // Whatever the umask of the build: all users of a machine can start what its root has unpacked.
  const owner = ["--owner=0", "--group=0", "--numeric-owner", "--mode=u+rw,a+rX,go-w"];
  execFileSync("tar", ["-C", folder, ...owner, "-czf", `${archive}.new`, name]);
  renameSync(`${archive}.new`, archive);
  const megabytes = (statSync(archive).size / 1e6).toFixed(1);
  console.log(`${archive}  ${megabytes} MB`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function fill(root: string): void {
  const copy = (from: string, to = from) => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    cpSync(from, join(root, to), { recursive: true });
  };
  for (const path of ["holdfast", "LICENSE", "CHANGELOG.md", "examples"]) copy(path);
  for (const path of ["start.sh", "fresh.sh", "find-node.sh"]) copy(`scripts/${path}`);
  copy("packaging/set-up", "scripts/set-up");
  copy("packaging/README.md", "README.md");
  for (const program of Object.keys(programs)) {
    copy(`build/${program}.cjs`);
    copy(`build/parts/${partOf(program)}`);
  }
  copy("build/keeper/holdfast-keeper");
  copy("build/client/holdfast-client");
  for (const path of koffiFiles()) copy(path);
  writeFileSync(join(root, "THIRD-PARTY-LICENSES"), licenses());
  if (withNode) copyNode(root);
  // Without sources nothing has to be built, so none is compared.
  const stamp = readFileSync("build/stamp", "utf8")
    .replace(/^inputs='[^']*'$/m, "inputs=''")
    .replace(/^built_head='[^']*'$/m, "built_head='none'");
  writeFileSync(join(root, "build/stamp"), stamp);
}

function partOf(program: string): string {
  const start = readFileSync(`build/${program}.cjs`, "utf8");
  const [, part] = /"\.\/parts\/([^"]+)"/.exec(start) ?? [];
  if (part === undefined) throw new Error(`build/${program}.cjs starts no part`);
  return part;
}

/** The one dependency that is not in the bundle: it loads its binary from beside its own files. */
function koffiFiles(): string[] {
  const platform = `node_modules/@koromix/koffi-linux-${process.arch}`;
  const own = ["package.json", "LICENSE.txt", "index.cjs", "indirect.cjs", "lib", "src/koffi"];
  const scripts = own.flatMap((path) => filesAt(`node_modules/koffi/${path}`));
  return [...scripts, ...filesAt(platform)].filter(
    (path) => !/\.(?:cc|hh|inc|S|asm|txt|d\.ts)$/.test(path) || path.endsWith("LICENSE.txt"),
  );
}

function filesAt(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Of everything that is in the bundle. */
function licenses(): string {
  const list = ["ls", "--omit=dev", "--all", "--parseable"];
  const folders = execFileSync("npm", list, { encoding: "utf8" }).trim().split("\n").slice(1);
  const texts = folders.map((place) => {
    const files = readdirSync(place).filter((file) => /^(?:licen[cs]e|copying|notice)/i.test(file));
    const bodies = files.map((file) => readFileSync(join(place, file), "utf8").trim());
    const known = JSON.parse(readFileSync(join(place, "package.json"), "utf8")) as {
      license?: string;
    };
    return [
      `# ${relative("node_modules", place)}: ${known.license ?? "see below"}`,
      ...bodies,
    ].join("\n\n");
  });
  return `${texts.join("\n\n")}\n`;
}

/** The Node of the set-up, without what only npm and compilers need. */
function copyNode(root: string): void {
  const real = realpathSync(".toolchain/bin/node");
  const own = join(root, ".toolchain/node");
  mkdirSync(join(own, "bin"), { recursive: true });
  cpSync(real, join(own, "bin/node"));
  const license = join(dirname(dirname(real)), "LICENSE");
  if (existsSync(license)) cpSync(license, join(own, basename(license)));
}
