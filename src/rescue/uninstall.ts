import {
  existsSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import type { Paths } from "../config/paths.ts";
import { instanceOf } from "../config/instance.ts";
import { isTrustedOwner } from "../config/ownership.ts";
import { RecordedRoots } from "../containment/recorded-roots.ts";
import { RefusalError } from "../contract/problems.ts";
import type { StoppedAttempt, Trace, Uninstallation } from "../contract/rescue.ts";
import type { Peek } from "../store/peek.ts";
import { withoutServer } from "./without-server.ts";

/** Files in the state folder that are ours. Anything else there belongs to a person, and stays. */
const ownFiles =
  /^(?:holdfast\.db.*|server\.(?:lock.*|pid|address|log.*)|folder\.json|cgroups\.json(?:\.new)?|reserve|selftest-\w{6})$/;

/** Files in the runtime folder that are ours; it may be elsewhere, and have others. */
const runtimeFiles = /^(?:(?:server|commands-\d+)\.sock|command-hosts(?:\.new)?)$/;

/** Folders in the state folder, and the entries of each that are ours. */
const ownFolders: Readonly<Record<string, RegExp>> = {
  attempts: /^[0-9a-f-]{36}$/,
  journal: /^\d{12}\.log$/,
  backups: /^(?:\d{12}|unfinished)\.db.*$/,
  quarantine: /./,
  baselines: /^.+\.json$/,
  orphans: /^(?:plan-\d+|receipt-\d+|gone-since)\.json.*$/,
  run: runtimeFiles,
};

export interface Uninstall {
  paths: Paths;
  peek: Pick<Peek, "waiting">;
  /** Attempts that have not ended. */
  living: () => Promise<StoppedAttempt[]>;
  /** Absolute path of the program `holdfast` of this clone. */
  launcher: string;
  /** The search path of a shell. */
  searchPath: string;
}

/** What Holdfast has left on this machine for this state folder. Changes nothing. */
export async function findTraces(asked: Uninstall): Promise<Uninstallation> {
  return {
    living: (await asked.living()).filter(({ did }) => did !== "nothing lives"),
    waiting: asked.peek.waiting(),
    traces: tracesOf(asked).map(({ path, what }) => ({ path, what, bytes: sizeOf(path) })),
    removed: false,
    left: foreignFilesIn(asked.paths.stateDir),
  };
}

/**
 * Removes it. Throws RefusalError `jobs_live` while something of a job lives, and
 * `server_already_running`; then nothing has been removed.
 */
export async function removeTraces(asked: Uninstall): Promise<Uninstallation> {
  const { paths } = asked;
  const found = await findTraces(asked);
  refuseWhile(found.living);
  // Taking the lock would make the folder again.
  if (existsSync(paths.stateDir))
    await withoutServer(paths, async () => {
      // A job may have started until now.
      refuseWhile((await findTraces(asked)).living);
      new RecordedRoots(paths.rootsFile, instanceOf(paths)).removeAll();
      for (const { path } of found.traces)
        if (!path.startsWith(paths.lockFile)) rmSync(path, { recursive: true, force: true });
    });
  for (const { path } of found.traces) rmSync(path, { recursive: true, force: true });
  // Taking the lock made it, if it was not there.
  rmSync(paths.lockFile, { force: true });
  for (const folder of [paths.runtimeDir, paths.stateDir, dirname(paths.configFile)])
    removeIfEmpty(folder);
  return { ...found, removed: true };
}

function refuseWhile(living: readonly StoppedAttempt[]): void {
  const [first] = living;
  if (first === undefined) return;
  const jobs = [...new Set(living.flatMap(({ job }) => job ?? []))];
  const what = jobs.length === 0 ? `attempt ${first.attempt}` : `job ${jobs.join(", ")}`;
  throw new RefusalError({ code: "jobs_live", details: { what } });
}

function tracesOf({ paths, launcher, searchPath }: Uninstall): Omit<Trace, "bytes">[] {
  const records = entriesOf(paths.stateDir).flatMap(({ path, isOurs }) => (isOurs ? [path] : []));
  const traces = [
    ...records.map((path) => ({ path, what: "jobs, their output and records" })),
    ...runtimeFilesIn(paths.runtimeDir).map((path) => ({ path, what: "sockets" })),
    { path: paths.configFile, what: "your configuration" },
    { path: paths.orphanRulesDir, what: "your rules for orphans" },
    ...linksTo(launcher, searchPath).map((path) => ({ path, what: "a link to the command" })),
  ];
  const seen = new Set<string>();
  return traces.filter(({ path }) => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    const isOurs = found !== undefined && isTrustedOwner(found.uid) && !seen.has(path);
    seen.add(path);
    return isOurs;
  });
}

interface Entry {
  path: string;
  isOurs: boolean;
}

/** The entries of the state folder; those of a folder in it only where it has some of a person. */
function entriesOf(stateDir: string): Entry[] {
  return namesIn(stateDir).flatMap((name): Entry[] => {
    const path = join(stateDir, name);
    const own = ownFolders[name];
    if (own === undefined) return [{ path, isOurs: isOwn(name, ownFiles) }];
    const inner = namesIn(path).map((one) => ({ path: join(path, one), isOurs: isOwn(one, own) }));
    return inner.every(({ isOurs }) => isOurs) ? [{ path, isOurs: true }] : inner;
  });
}

/** A name that is ours, also while a file is written under a name beside it. */
function isOwn(name: string, own: RegExp): boolean {
  return own.test(/^\.(.+)\.\d+\.\d+$/.exec(name)?.[1] ?? name);
}

/** The folder, unless it has something else: the user may have it for more. */
function runtimeFilesIn(runtimeDir: string): string[] {
  const names = namesIn(runtimeDir);
  const own = names.filter((name) => isOwn(name, runtimeFiles));
  return own.length === names.length ? [runtimeDir] : own.map((name) => join(runtimeDir, name));
}

function foreignFilesIn(stateDir: string): string[] {
  return entriesOf(stateDir).flatMap(({ path, isOurs }) => (isOurs ? [] : [path]));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

/** Links in the folders of a search path that lead to the launcher of this clone. */
function linksTo(launcher: string, searchPath: string): string[] {
  const target = realPathOf(launcher);
  return searchPath.split(delimiter).flatMap((folder) => {
    const path = resolve(folder, "holdfast");
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    return isLink && leadsTo(path, target) ? [path] : [];
  });
}

function leadsTo(link: string, target: string): boolean {
  return realPathOf(resolve(dirname(link), readlinkSync(link))) === target;
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Bytes on the disk, without following links. What cannot be read counts nothing. */
function sizeOf(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  const own = found.blocks * 512;
  if (!found.isDirectory()) return own;
  return namesIn(path).reduce((sum, name) => sum + sizeOf(join(path, name)), own);
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It has a file that is not ours, or it is gone already.
  }
}
