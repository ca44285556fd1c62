import { counted } from "../../contract/counted.ts";
import type { Leftover } from "../../contract/leftovers.ts";
import { formatDuration } from "../../contract/units.ts";
import type { Clock } from "../../system/clock.ts";
import type { Candidate } from "./candidate.ts";
import { readHeld, type Held } from "./holders.ts";
import { boundSockets, findBound, type BoundSockets } from "./bound-sockets.ts";
import { livingMakers, mayLive, type Makers } from "./maker.ts";
import { candidatesIn, type Places } from "./places.ts";
import { isRefused } from "./sockets.ts";

export interface FindParts {
  clock: Clock;
  places: Places;
  minAgeMs: number;
}

export interface Found {
  leftovers: Leftover[];
  held: Held;
}

/**
 * Finds things that no process holds and whose maker has ended. `uid` null: of every user. Changes
 * nothing.
 */
export async function findLeftovers(parts: FindParts, uid: number | null): Promise<Found> {
  const { clock, places } = parts;
  const candidates = candidatesIn(places).filter((one) => uid === null || one.uid === uid);
  // After the listing, so that processes that opened a candidate before it was listed are found.
  const held = await readHeld(clock);
  const makers = livingMakers();
  const hasSockets = candidates.some(({ kind }) => kind === "socket");
  const bound = hasSockets ? boundSockets(held.paths) : { sockets: [], unread: 0 };
  const leftovers: Leftover[] = [];
  for (const candidate of candidates) {
    if (isHeld(candidate, held)) continue;
    const { kind, makerPid, changedAtMs, name } = candidate;
    if (makerPid !== null && mayLive(makerPid, changedAtMs, makers)) continue;
    if (kind === "socket") {
      if (findBound(name, bound) === "bound" || !(await isRefused(name, clock))) continue;
    }
    const doubts = [...makerDoubts(candidate, makers), ...socketDoubts(candidate, bound)];
    leftovers.push(judged(candidate, doubts, held, parts));
  }
  return { leftovers, held };
}

/**
 * The kernel translates the maker's pid of a System V segment; a pid in a file name is that of the
 * writer's namespace.
 */
function makerDoubts({ kind, makerPid }: Candidate, { unseen }: Makers): string[] {
  if (makerPid === null) return kind === "socket" ? [] : ["its maker is unknown"];
  return unseen === null || kind === "System V shared memory" ? [] : [unseen];
}

function socketDoubts({ kind, name }: Candidate, bound: BoundSockets): string[] {
  if (kind !== "socket") return [];
  const perhaps = findBound(name, bound) === "perhaps";
  return [
    ...(perhaps
      ? ["a living socket that does not listen yet was bound to a path with the same file name"]
      : []),
    ...(bound.unread === 0
      ? []
      : [
          `a socket in ${counted(bound.unread, "network namespace")} that cannot be read may be bound to it`,
        ]),
  ];
}

function isHeld({ kind, name, inodes }: Candidate, held: Held): boolean {
  if (held.paths.has(name) || inodes.some((inode) => held.inodes.has(inode))) return true;
  return kind === "folder" && [...held.paths].some((path) => path.startsWith(`${name}/`));
}

function judged(
  candidate: Candidate,
  known: readonly string[],
  { hidden }: Held,
  { clock, minAgeMs }: FindParts,
): Leftover {
  const { inodes: _inodes, openToOthers, unclear, ...rest } = candidate;
  const { kind, makerPid, changedAtMs } = rest;
  const ageMs = Math.max(0, clock.nowMs() - changedAtMs);
  // The kernel's own count, or its refusal, needs no access to any process.
  const countedByKernel = kind === "socket" || kind === "System V shared memory";
  const unseen = !countedByKernel && hidden > 0 && openToOthers;
  const doubts = [
    ...known,
    ...(unclear === null ? [] : [unclear]),
    ...(unseen
      ? [`${counted(hidden, "process", "processes")} that this user may not inspect could hold it`]
      : []),
  ];
  const old = ageMs >= minAgeMs;
  return {
    ...rest,
    confidence: doubts.length > 0 ? "weak" : old ? "proven" : "waiting",
    evidence: [
      ...(makerPid === null ? [] : [goneMessage(kind, makerPid)]),
      unusedMessage(kind),
      `it was last changed ${formatDuration(ageMs)} ago`,
      ...doubts,
    ],
  };
}

function goneMessage(kind: Leftover["kind"], pid: number): string {
  return kind === "System V shared memory"
    ? `process ${pid}, which made it, is gone`
    : `process ${pid}, which made it, is gone: no visible PID namespace has that number`;
}

function unusedMessage(kind: Leftover["kind"]): string {
  if (kind === "socket") return "no process listens on it: the kernel refuses connections";
  if (kind === "System V shared memory") return "the kernel counts no process that has it attached";
  return kind === "folder"
    ? "no living process has anything in it open or mapped, or has its working directory in it"
    : "no living process has it open or mapped";
}
