import type { KeeperClaim, ProcessIdentity } from "../contract/keeper.ts";
import type { Tie } from "../contract/job-process.ts";
import { environmentOf } from "../processes/environment.ts";
import { attemptAbove } from "../processes/keeper-program.ts";
import { hasOpenBelow, listProcesses } from "../processes/process-table.ts";
import { isFinished, type ProcessStat } from "../processes/proc-stat.ts";
import { isPopulated, membersOf, type RecordedGroup } from "./cgroup.ts";

export interface Survivor {
  identity: ProcessIdentity;
  comm: string;
  state: string;
  ties: Tie[];
}

/**
 * What lives of an attempt whose keeper does not: members of its group, the
 * recorded payload, its session, processes with its cookie, and descendants of
 * any of those. Only the group proves completeness; the rest finds what can be
 * found.
 */
export function findSurvivors(traces: Traces): Survivor[] {
  return findSurvivorsOfAll([traces])[0] ?? [];
}

/** The same of several attempts, in one search of the machine. */
export function findSurvivorsOfAll(all: readonly Traces[]): Survivor[][] {
  return findMembersOfAll(listProcesses(), all).map((members) =>
    members
      .filter(({ stat }) => !isFinished(stat))
      .map(({ stat, ties }) => ({
        identity: { pid: stat.pid, start: stat.start, inode: 0 },
        comm: stat.comm,
        state: stat.state,
        ties,
      })),
  );
}

export interface Traces {
  attempt: string;
  /** The attempt's folder, where its output goes. */
  folder: string;
  claim: KeeperClaim | null;
  cgroup: string | null;
  /** A foreign process that the attempt watches. */
  adopted: Pick<ProcessIdentity, "pid" | "start"> | null;
}

export interface Member {
  stat: ProcessStat;
  ties: Tie[];
}

/**
 * The processes of `table` that belong to each attempt, with what ties each to it. Zombies included;
 * this process never, nor the keeper's own follower of an adopted tree. Each environment is read once,
 * however many attempts there are.
 */
export function findMembersOfAll(
  table: readonly ProcessStat[],
  all: readonly Traces[],
): Member[][] {
  const byPid = new Map(table.map((stat) => [stat.pid, stat]));
  const searched = all.map((traces) => ({
    traces,
    tiesOf: tiesIn(table, byPid, traces),
    tied: new Map<number, Tie[]>(),
  }));
  for (const stat of table) {
    const named = attemptsNamedIn(environmentOf(stat.pid) ?? "");
    for (const { tied, tiesOf } of searched) note(tied, stat, tiesOf(stat, named));
  }
  return searched.map(({ traces, tied }) => membersIn(table, tied, traces));
}

/** A later value of the same variable counts as well: only the keeper's own is certain to be there. */
function attemptsNamedIn(environment: string): ReadonlySet<string> {
  return new Set(
    [...environment.matchAll(/(?<![^\0])HOLDFAST_ATTEMPT=([^\0]*)\0/g)].map(([, id = ""]) => id),
  );
}

/** What ties a process to the attempt, apart from its parent. */
function tiesIn(
  table: readonly ProcessStat[],
  byPid: ReadonlyMap<number, ProcessStat>,
  { attempt, folder, claim, cgroup, adopted }: Traces,
): (stat: ProcessStat, named: ReadonlySet<string>) => Tie[] {
  const inGroup = new Set(cgroup === null ? [] : membersOf(cgroup));
  const isOfOther = (stat: ProcessStat) => {
    const above = attemptAbove(stat, byPid);
    return above !== null && above !== attempt;
  };
  return (stat, named) => {
    const ties: Tie[] = [];
    if (inGroup.has(stat.pid)) ties.push("cgroup");
    if (claim !== null && isPayload(stat, claim)) ties.push("payload");
    if (claim !== null && isChildOfKeeper(stat, claim, table)) ties.push("descendant");
    if (claim !== null && isOfSession(stat, claim, table, folder)) ties.push("session");
    if (stat.pid === adopted?.pid && stat.start === adopted.start) ties.push("adopted");
    // A process of another job may have taken over the environment: its keeper is stronger evidence.
    if (named.has(attempt) && !isOfOther(stat)) ties.push("cookie");
    return ties;
  };
}

function note(tied: Map<number, Tie[]>, { pid }: ProcessStat, ties: Tie[]): void {
  if (ties.length > 0) tied.set(pid, ties);
}

/** With the descendants of those that are tied. */
function membersIn(
  table: readonly ProcessStat[],
  tied: Map<number, Tie[]>,
  { claim }: Pick<Traces, "claim">,
): Member[] {
  addDescendants(table, tied);
  const isOwn = (stat: ProcessStat) =>
    stat.pid === process.pid || (claim?.adopted !== undefined && isPayload(stat, claim));
  return table.flatMap((stat) => {
    const ties = tied.get(stat.pid);
    return ties === undefined || isOwn(stat) ? [] : [{ stat, ties }];
  });
}

/** What the kernel counts. Null: there is no group, or it cannot be seen from here. */
export function provenEmpty(group: RecordedGroup | null): boolean | null {
  const populated = group === null ? null : isPopulated(group);
  return populated === null ? null : !populated;
}

function isPayload(stat: ProcessStat, claim: KeeperClaim): boolean {
  return stat.pid === claim.payload.pid && stat.start === claim.payload.start;
}

/** Orphans of the attempt become children of the keeper while it lives. */
function isChildOfKeeper(
  stat: ProcessStat,
  claim: KeeperClaim,
  table: readonly ProcessStat[],
): boolean {
  if (stat.ppid !== claim.keeper.pid) return false;
  return table.some(({ pid, start }) => pid === claim.keeper.pid && start === claim.keeper.start);
}

/**
 * A session's id is the pid of its leader, and the kernel does not reuse a pid while
 * it names a session. So a process that started before the payload cannot be in its
 * session; and if a leader with that pid started at another time, the pid was reused
 * and the session is unrelated. With the leader gone it may be either: then only a
 * process that still writes to the attempt's output belongs to it.
 */
function isOfSession(
  stat: ProcessStat,
  claim: KeeperClaim,
  table: readonly ProcessStat[],
  folder: string,
): boolean {
  if (stat.session !== claim.payload.session || stat.start < claim.payload.start) return false;
  const leader = table.find(({ pid }) => pid === claim.payload.session);
  if (leader === undefined) return hasOpenBelow(stat.pid, folder);
  return leader.start === claim.payload.start;
}

function addDescendants(table: readonly ProcessStat[], tied: Map<number, Tie[]>): void {
  const children = Map.groupBy(table, ({ ppid }) => ppid);
  const open = [...tied.keys()];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (tied.has(child.pid)) continue;
      tied.set(child.pid, ["descendant"]);
      open.push(child.pid);
    }
  }
}
