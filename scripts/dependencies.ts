import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { runLogged, step } from "./step.ts";

interface Lockfile {
  packages: Record<string, { version?: string; integrity?: string; optional?: boolean }>;
}

export async function installDependencies(): Promise<void> {
  if (!dependenciesAreInPlace()) {
    await step("dependencies", () => {
      runLogged(
        "npm",
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        globalConfig(),
      );
      // npm does not flush its 10,000 files: without this a power cut in the next half minute
      // leaves empty files beside a lockfile that lists them as installed. Costs 0.3 s.
      spawnSync("sync", ["-f", "node_modules"], { stdio: "ignore" });
    });
  }
  linkNode();
}

/**
 * npm looks for its global configuration (registry, proxy, certificates) beside the Node that runs
 * it. Our Node, first on the path by now, has none: use the configuration of the user's own Node.
 */
function globalConfig(): NodeJS.ProcessEnv {
  if (process.env["npm_config_globalconfig"] !== undefined) return {};
  const { status, stdout } = spawnSync("npm", ["config", "get", "globalconfig"], {
    encoding: "utf8",
    env: { ...process.env, PATH: process.env["HOLDFAST_SETUP_PATH"] },
  });
  const path = status === 0 ? stdout.trim() : "";
  return path.startsWith("/") ? { npm_config_globalconfig: path } : {};
}

/**
 * npm writes node_modules/.package-lock.json last, so an interrupted installation has none or an
 * old one. Comparing it with the lockfile is exact where a stamp of our own would have to be
 * trusted, and it accepts an installation that the user made with a plain `npm ci`.
 */
function dependenciesAreInPlace(): boolean {
  if (!existsSync("node_modules/.package-lock.json")) return false;
  const wanted = readLockfile("package-lock.json");
  const found = readLockfile("node_modules/.package-lock.json");
  return Object.entries(wanted.packages).every(([path, entry]) => {
    if (path === "") return true;
    const installed = found.packages[path];
    // npm leaves optional packages for other platforms out.
    if (installed === undefined) return entry.optional === true;
    return installed.version === entry.version && installed.integrity === entry.integrity;
  });
}

function readLockfile(path: string): Lockfile {
  return JSON.parse(readFileSync(path, "utf8")) as Lockfile;
}

/** npm puts node_modules/.bin first on the path of every script: `node` there is the right one. */
function linkNode(): void {
  const link = "node_modules/.bin/node";
  const target = "../../.toolchain/bin/node";
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() && readlinkSync(link) === target) return;
  rmSync(`${link}.new`, { force: true });
  symlinkSync(target, `${link}.new`);
  renameSync(`${link}.new`, link);
}
