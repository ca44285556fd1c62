import { homedir, userInfo } from "node:os";
import { isAbsolute, resolve, join } from "node:path";
import { RefusalError } from "../contract/problems.ts";
import { isOwnFolder } from "./ownership.ts";

/** Where Holdfast keeps things. All absolute. */
export interface Paths {
  /** Database, attempt folders, logs. Survives a reboot. */
  stateDir: string;
  /** Sockets. Gone after a reboot. */
  runtimeDir: string;
  configFile: string;
  socket: string;
  database: string;
  /** Held open and locked by the one server of this state folder. */
  lockFile: string;
  pidFile: string;
  /** Where the server listens, as it recorded it. */
  addressFile: string;
  /** Identifies this folder: it distinguishes a copy from its original. */
  folderFile: string;
  /** Where cgroups were made for this state folder. */
  rootsFile: string;
  /** Command hosts that servers have started. */
  commandHostsFile: string;
  /** Space that is kept for removing jobs on a full disk. */
  reserveFile: string;
  serverLog: string;
  attemptsDir: string;
  /** A second record of every commit since the oldest backup. */
  journalDir: string;
  backupsDir: string;
  /** Files that contradicted the store, kept for a person to inspect. */
  quarantineDir: string;
  /** Recorded good runs that the doctor compares with. */
  baselinesDir: string;
  /** Plans and receipts about what others left behind. */
  orphansDir: string;
  /** The user's rules for that. */
  orphanRulesDir: string;
}

/**
 * XDG base directories, each replaceable by HOLDFAST_STATE_DIR, HOLDFAST_RUNTIME_DIR
 * and HOLDFAST_CONFIG, which must be absolute. A custom state folder has its sockets inside, so that
 * two state folders never share a server. XDG_RUNTIME_DIR counts only if it belongs to this user: `su`
 * and `sudo` leave another user's, or a folder that does not exist, and the server is found by its record.
 * Throws RefusalError `bad_config`.
 */
export function pathsFrom(env: NodeJS.ProcessEnv, isOwn = isOwnFolder): Paths {
  const home = homeOf(env);
  const ownState = chosen(env, "HOLDFAST_STATE_DIR");
  const stateDir =
    ownState ?? join(xdg(env, "XDG_STATE_HOME") ?? join(home, ".local/state"), "holdfast");
  const named = ownState === null ? xdg(env, "XDG_RUNTIME_DIR") : null;
  const xdgRuntime = named !== null && isOwn(named) ? named : null;
  const runtimeDir =
    chosen(env, "HOLDFAST_RUNTIME_DIR") ??
    (xdgRuntime === null ? join(stateDir, "run") : join(xdgRuntime, "holdfast"));
  const configFile =
    chosen(env, "HOLDFAST_CONFIG") ??
    join(xdg(env, "XDG_CONFIG_HOME") ?? join(home, ".config"), "holdfast/config.toml");
  return {
    stateDir,
    runtimeDir,
    configFile,
    socket: join(runtimeDir, "server.sock"),
    database: join(stateDir, "holdfast.db"),
    lockFile: join(stateDir, "server.lock"),
    pidFile: join(stateDir, "server.pid"),
    addressFile: join(stateDir, "server.address"),
    folderFile: join(stateDir, "folder.json"),
    rootsFile: join(stateDir, "cgroups.json"),
    commandHostsFile: join(runtimeDir, "command-hosts"),
    reserveFile: join(stateDir, "reserve"),
    serverLog: join(stateDir, "server.log"),
    attemptsDir: join(stateDir, "attempts"),
    journalDir: join(stateDir, "journal"),
    backupsDir: join(stateDir, "backups"),
    quarantineDir: join(stateDir, "quarantine"),
    baselinesDir: join(stateDir, "baselines"),
    orphansDir: join(stateDir, "orphans"),
    orphanRulesDir: join(
      xdg(env, "XDG_CONFIG_HOME") ?? join(home, ".config"),
      "holdfast/orphans.d",
    ),
  };
}

function homeOf({ HOME }: NodeJS.ProcessEnv): string {
  if (HOME === undefined || HOME === "") return homedir();
  return isAbsolute(HOME) ? HOME : userInfo().homedir;
}

/** Null: not set. A relative path would be another folder, with another server, in each directory. */
function chosen(env: NodeJS.ProcessEnv, name: string): string | null {
  const value = env[name];
  if (value === undefined || value === "") return null;
  if (isAbsolute(value)) return resolve(value);
  const what = `"${value}" is not an absolute path; write the whole path, for example ${name}="$PWD/${value}"`;
  throw new RefusalError({ code: "bad_config", details: { where: name, what } });
}

/** The specification says that a relative path in these variables is to be ignored. */
function xdg(env: NodeJS.ProcessEnv, name: string): string | null {
  const value = env[name];
  return value !== undefined && value.startsWith("/") ? value : null;
}
