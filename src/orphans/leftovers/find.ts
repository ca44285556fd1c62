import type { Leftover } from "../../contract/orphans.ts";
import { formatDuration } from "../../contract/units.ts";
import type { Clock } from "../../system/clock.ts";
import type { Candidate } from "./candidate.ts";
import { readHeld, type Held } from "./holders.ts";
import { mayLive } from "./maker.ts";
import { candidatesIn, type Places } from "./places.ts";
import { boundSockets, isDead } from "./sockets.ts";

export interface FindParts {
  clock: Clock;
  places: Places;
  minAgeMs: number;
}

export interface Found {
  leftovers: Leftover[];
  held: Held;
}

/** What nobody has and whose maker does not live. `uid` null: everybody's. Changes nothing. */
export async function findLeftovers(parts: FindParts, uid: number | null): Promise<Found> {
  const { clock, places } = parts;
  const candidates = candidatesIn(places).filter((one) => uid === null || one.uid === uid);
  // Afterwards: who opened something before it was listed is seen.
  const held = await readHeld(clock);
  const bound = boundSockets();
  const leftovers: Leftover[] = [];
  for (const candidate of candidates) {
    if (isHeld(candidate, held)) continue;
    const { makerPid, changedAtMs } = candidate;
    if (makerPid !== null && mayLive(makerPid, changedAtMs)) continue;
    if (candidate.kind === "socket") {
      if (bound.has(candidate.name) || !(await isDead(candidate.name, clock))) continue;
    }
    leftovers.push(judged(candidate, held, parts));
  }
  return { leftovers, held };
}

function isHeld({ kind, name, inodes }: Candidate, held: Held): boolean {
  if (held.paths.has(name) || inodes.some((inode) => held.inodes.has(inode))) return true;
  return kind === "folder" && [...held.paths].some((path) => path.startsWith(`${name}/`));
}

function judged(candidate: Candidate, { hidden }: Held, { clock, minAgeMs }: FindParts): Leftover {
  const { inodes: _inodes, openToOthers, unclear, ...rest } = candidate;
  const { kind, makerPid, changedAtMs } = rest;
  const ageMs = Math.max(0, clock.nowMs() - changedAtMs);
  // The kernel's own count, or its refusal, needs no look into anybody.
  const told = kind === "socket" || kind === "System V shared memory";
  const unseen = !told && hidden > 0 && openToOthers;
  const doubts = [
    ...(makerPid === null && kind !== "socket" ? ["nothing tells who made it"] : []),
    ...(unclear === null ? [] : [unclear]),
    ...(unseen ? [`${hidden} processes, which this user may not look into, could have it`] : []),
  ];
  const old = ageMs >= minAgeMs;
  return {
    ...rest,
    confidence: doubts.length > 0 ? "weak" : old ? "proven" : "waiting",
    evidence: [
      ...(makerPid === null ? [] : [`process ${makerPid}, which made it, is gone`]),
      nobodyWords(kind),
      `it was last changed ${formatDuration(ageMs)} ago`,
      ...doubts,
    ],
  };
}

function nobodyWords(kind: Leftover["kind"]): string {
  if (kind === "socket") return "nobody listens on it: the kernel refuses connections";
  if (kind === "System V shared memory") return "the kernel counts nobody who has it attached";
  return kind === "folder"
    ? "nobody who lives has anything in it open or mapped, or works in it"
    : "nobody who lives has it open or mapped";
}
