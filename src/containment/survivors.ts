import type { KeeperClaim, ProcessIdentity } from "../contract/keeper.ts";
import { hasCookie, listProcesses } from "../processes/process-table.ts";
import type { ProcessStat } from "../processes/proc-stat.ts";
import { isPopulated, membersOf } from "./cgroup.ts";

export type Tie = "cgroup" | "payload" | "session" | "cookie" | "descendant";

export interface Survivor {
  identity: ProcessIdentity;
  comm: string;
  state: string;
  /** What ties it to the attempt, strongest first. */
  ties: Tie[];
}

/**
 * What lives of an attempt whose keeper does not: members of its group, the
 * recorded payload, its session, whoever carries its cookie, and descendants of
 * any of those. Only the group is proof of completeness; the rest finds what can
 * be found.
 *
 * The session counts only while it can be the recorded one: a session's id is the
 * pid of its leader, and the kernel does not give a pid away while it names a
 * session. So members of the session that started before the claim's payload
 * cannot be of it, and when no process has had the session the number may be
 * somebody else's: such a match needs the start time to fit.
 */
export function findSurvivors(
  attempt: string,
  claim: KeeperClaim | null,
  cgroup: string | null,
): Survivor[] {
  const table = listProcesses();
  const inGroup = new Set(cgroup === null ? [] : membersOf(cgroup));
  const cookie = `HOLDFAST_ATTEMPT=${attempt}`;
  const ties = new Map<number, Tie[]>();
  for (const stat of table) {
    const found: Tie[] = [];
    if (inGroup.has(stat.pid)) found.push("cgroup");
    if (claim !== null && isPayload(stat, claim)) found.push("payload");
    if (claim !== null && isOfSession(stat, claim, table)) found.push("session");
    if (hasCookie(stat.pid, cookie) === true) found.push("cookie");
    if (found.length > 0) ties.set(stat.pid, found);
  }
  addDescendants(table, ties);
  return table
    .filter((stat) => ties.has(stat.pid) && stat.pid !== process.pid && !isFinished(stat))
    .map((stat) => ({
      identity: { pid: stat.pid, start: stat.start, inode: 0 },
      comm: stat.comm,
      state: stat.state,
      ties: ties.get(stat.pid) ?? [],
    }));
}

/** The kernel's own word where there is a group. Null: no group, nobody can vouch. */
export function provenEmpty(cgroup: string | null): boolean | null {
  return cgroup === null ? null : !isPopulated(cgroup);
}

function isPayload(stat: ProcessStat, claim: KeeperClaim): boolean {
  return stat.pid === claim.payload.pid && stat.start === claim.payload.start;
}

function isOfSession(
  stat: ProcessStat,
  claim: KeeperClaim,
  table: readonly ProcessStat[],
): boolean {
  if (stat.session !== claim.payload.session || stat.start < claim.payload.start) return false;
  // A leader with that pid and another start time: the number was given away, this session is a stranger's.
  const leader = table.find(({ pid }) => pid === claim.payload.session);
  return leader === undefined || leader.start === claim.payload.start;
}

function addDescendants(table: readonly ProcessStat[], ties: Map<number, Tie[]>): void {
  const children = Map.groupBy(table, ({ ppid }) => ppid);
  const open = [...ties.keys()];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (ties.has(child.pid)) continue;
      ties.set(child.pid, ["descendant"]);
      open.push(child.pid);
    }
  }
}

/** A zombie runs nothing; but one whose main thread alone has gone still has living tasks and is not finished. */
function isFinished(stat: ProcessStat): boolean {
  return (stat.state === "Z" && stat.threads <= 1) || stat.state === "X";
}
