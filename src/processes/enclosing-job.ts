import { RefusalError } from "../contract/problems.ts";
import { attemptOfGroup } from "./attempt-group.ts";
import { cookieOfLivingAttempt } from "./cookie-evidence.ts";
import { readOwnStat, readStat, type ProcessStat } from "./proc-stat.ts";
import { commandOf, listProcesses } from "./process-table.ts";
import { readSmall } from "./small-file.ts";

/**
 * Whether this process is part of a job. A server is not: it would end with the job, and with it
 * every keeper that it has started. The environment alone decides nothing if the kernel can be
 * asked: a payload can drop its cookie, and a shell can have inherited that of a job that has ended.
 */
export interface EnclosingJob {
  /** Null if the kernel shows the job's keeper, but not whose it is. */
  attempt: string | null;
  /** What shows it: a keeper among its parents, its control group, an adopted parent, or only its cookie. */
  by: "parent" | "group" | "adoption" | "cookie";
}

/** Another process than this one, for which a server is to be started. */
export interface AskingProcess {
  pid: number;
  /** Clock ticks since boot. */
  start: number;
}

/** What is needed of the kernel to decide. */
export interface OwnPlace {
  /** The process and its parents, nearest first. */
  line: readonly ProcessStat[];
  /** As /proc/PID/cgroup. */
  groups: string;
  /** Command line of a process. */
  commandOf(pid: number): string;
  /** Programs of keepers that watch adopted processes. Read only if nothing else decides. */
  followers(): readonly ProcessStat[];
  cookie(): string | null;
}

const keeperName = "holdfast-keeper";

export function enclosingJobOf(place: OwnPlace): EnclosingJob | null {
  // Keepers and their spawner, which becomes the parent of everything whose keeper was killed.
  const keeper = place.line.find(({ comm }) => comm === keeperName);
  if (keeper !== undefined)
    return { attempt: attemptInTitle(place.commandOf(keeper.pid)), by: "parent" };
  const grouped = attemptOfGroup(place.groups);
  if (grouped !== null) return { attempt: grouped, by: "group" };
  const follower = place.followers().find(({ pid }) => isAbove(place, place.commandOf(pid)));
  if (follower !== undefined)
    return { attempt: attemptInTitle(place.commandOf(follower.ppid)), by: "adoption" };
  const cookie = place.cookie();
  return cookie === null ? null : { attempt: cookie, by: "cookie" };
}

/** A keeper's command line names its attempt. */
function attemptInTitle(command: string): string | null {
  return /^holdfast-keeper ([0-9a-f-]{36})$/.exec(command)?.[1] ?? null;
}

/** The main process of an adopted job is `holdfast-keeper follow PID START INODE`. */
function isAbove({ line }: OwnPlace, command: string): boolean {
  const [, pid, start] = /holdfast-keeper follow (\d+) (\d+) \d+$/.exec(command) ?? [];
  return line.some((one) => one.pid === Number(pid) && one.start === Number(start));
}

/** The attempt that this process is part of; null: of none, or the kernel does not name it. */
export function enclosingAttempt(attemptsDir: string, env: NodeJS.ProcessEnv): string | null {
  const found = enclosingJobOf(placeOf(attemptsDir, env));
  // If the keeper was killed, the spawner is the parent, and its command line names no attempt.
  return found === null ? null : (found.attempt ?? env["HOLDFAST_ATTEMPT"] ?? null);
}

/**
 * Throws RefusalError `server_inside_job` where `asking` is part of a job, or this process by default. What
 * cannot be known of `asking` because it has ended throws as well.
 */
export function refuseInsideJob(
  attemptsDir: string,
  env: NodeJS.ProcessEnv,
  asking?: AskingProcess,
): void {
  const found = enclosingJobOf(placeOf(attemptsDir, env, asking));
  if (asking !== undefined && readStat(asking.pid)?.start !== asking.start)
    throw new Error("the process that asked for a server has ended");
  if (found === null) return;
  throw new RefusalError({ code: "server_inside_job", details: { what: messageFor(found, env) } });
}

function messageFor({ attempt, by }: EnclosingJob, env: NodeJS.ProcessEnv): string {
  const job = env["HOLDFAST_JOB"];
  const isKnown = attempt !== null && env["HOLDFAST_ATTEMPT"] === attempt && job !== undefined;
  const name = isKnown ? `job ${job}` : attempt === null ? "a job" : `a job (attempt ${attempt})`;
  return by === "cookie"
    ? `HOLDFAST_ATTEMPT names ${name}, whose keeper cannot be seen from this PID namespace; outside of it, unset HOLDFAST_ATTEMPT`
    : `This process belongs to ${name}`;
}

function placeOf(attemptsDir: string, env: NodeJS.ProcessEnv, asking?: AskingProcess): OwnPlace {
  return {
    line: lineOf(asking === undefined ? readOwnStat() : readStat(asking.pid)),
    groups: textOf(`/proc/${asking?.pid ?? "self"}/cgroup`),
    commandOf: (pid) => commandOf(pid, ""),
    followers: () => listProcesses().filter(isFollower),
    cookie: () => cookieOfLivingAttempt(env["HOLDFAST_ATTEMPT"], attemptsDir),
  };
}

/** Another user could call a program by that name. */
function isFollower({ pid, comm }: ProcessStat): boolean {
  if (comm !== keeperName) return false;
  const uid = Number(/^Uid:\t(\d+)/m.exec(textOf(`/proc/${pid}/status`))?.[1]);
  return uid === 0 || uid === process.getuid?.();
}

function lineOf(first: ProcessStat | null): ProcessStat[] {
  const line: ProcessStat[] = [];
  for (let stat = first; stat !== null; stat = readStat(stat.ppid)) {
    if (line.some(({ pid }) => pid === stat?.pid)) break;
    line.push(stat);
    if (stat.ppid === 0) break;
  }
  return line;
}

function textOf(path: string): string {
  try {
    return readSmall(path, "latin1");
  } catch {
    return "";
  }
}
