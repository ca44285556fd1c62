import type { OrphanClass, Suspect } from "../contract/orphans.ts";
import { formatDuration } from "../contract/units.ts";
import { describeCost, describeMatch, describeStatus } from "./evidence.ts";
import { innocence } from "./innocent.ts";
import { forkedByDead } from "./lineage.ts";
import type { Limits } from "./limits.ts";
import { matchOf, type Match } from "./match.ts";
import { isLeaderGone, isReaper, parentGone, parentHints } from "./parent.ts";
import { asksStatus, type Rule } from "./rule.ts";
import { suspectProcess } from "./suspect-process.ts";
import {
  holdsGpu,
  identityKey,
  isFinished,
  treeBelow,
  type Observed,
  type Scene,
} from "./scene.ts";

export interface ScanSettings extends Limits {
  allow: ReadonlySet<string>;
}

export type JobStatus = "running" | "ended" | "unknown";

export interface Judged {
  rules: readonly Rule[];
  allow: ReadonlySet<string>;
  /** By rule; null: no rule. */
  limitsOf: (rule: Rule | null) => Limits;
  /** The user whose processes are inspected; null: every user. */
  uid: number | null;
  /** How long its parent has been known to be gone. */
  goneMs: (process: Observed) => number;
  /**
   * The job's status according to the rule's status command or database. Called only for rules that
   * have one.
   */
  statusOf: (match: Match) => JobStatus;
  /** Sources that could not be queried, with the reason. */
  unanswered: readonly string[];
}

type Finding = Omit<Suspect, "root" | "processes">;

export interface Classified {
  suspects: Suspect[];
  /** Processes that would be suspects if they were older. */
  young: Suspect[];
}

/** All suspects with the processes below them; each process is in only one tree. */
export function classify(scene: Scene, judged: Judged): Classified {
  const found: { process: Observed; finding: Finding }[] = [];
  for (const process of scene.processes.values()) {
    const finding = findingOf(process, scene, judged);
    if (finding !== null) found.push({ process, finding });
  }
  const young = found.filter(({ finding }) => isYoung(finding));
  const old = found.filter(({ finding }) => !isYoung(finding));
  const suspected = new Set(old.map(({ process }) => process.pid));
  const all = new Set(found.map(({ process }) => process.pid));
  const treesOf = (list: typeof found, roots: ReadonlySet<number>) =>
    list
      .filter(({ process }) => !hasAncestorIn(process, scene, roots))
      .map(({ process, finding }) => {
        const tree = treeBelow(
          process,
          scene.processes,
          (child) =>
            (!isYoung(finding) || !suspected.has(child.pid)) &&
            innocence(child, scene, judged.allow) === null,
        );
        const processes = tree.map((one) => suspectProcess(one, scene));
        return Object.assign(finding, { root: process.pid, processes });
      });
  return { suspects: treesOf(old, suspected), young: treesOf(young, all) };
}

function isYoung({ confidence }: Finding): boolean {
  return confidence === "young";
}

/**
 * Judges one process. Its place in the process tree decides first, so that nothing more is read for
 * most processes.
 */
export function findingOf(process: Observed, scene: Scene, judged: Judged): Finding | null {
  if (isFinished(process)) return null;
  const abandoned = withoutStateFolder(process, scene, judged);
  if (abandoned !== null) return abandoned;
  const parent = scene.processes.get(process.ppid);
  const fell = parent === undefined || isReaper(parent);
  const match = matchOf(process, judged.rules);
  if (!fell && match?.groups["parent"] === undefined && (match === null || !asksStatus(match.rule)))
    return null;
  if (judged.uid !== null && process.uid !== judged.uid) return null;
  if (innocence(process, scene, judged.allow) !== null) return null;
  return (
    leftByJob(process, scene) ??
    leftByOtherRunner(match, process, scene, judged) ??
    workerOf(match, process, scene, judged) ??
    forkedWorker(match, process, scene, judged) ??
    withoutRule(match, process, scene, judged)
  );
}

/**
 * Independent of the place in the process tree: the keeper, which has to be asked to end the job,
 * has a living parent.
 */
function withoutStateFolder(process: Observed, scene: Scene, judged: Judged): Finding | null {
  const found = scene.abandonedOf(process.pid);
  if (found === null || found.movedTo !== null) return null;
  if (judged.uid !== null && process.uid !== judged.uid) return null;
  const { attempt, job, keeper, stateDir } = found;
  const ofJob = job === null ? "" : ` (job ${job} in that folder)`;
  return {
    ...bareFinding("state-folder-gone", null),
    confidence: keeper === null ? "likely" : "proven",
    action: "propose",
    evidence: [
      `it belongs to attempt ${attempt}${ofJob}, whose state folder ${stateDir} is gone, so no server finds it`,
      ...describeCost(process, scene),
    ],
  };
}

function leftByJob(process: Observed, scene: Scene): Finding | null {
  const tie = scene.tieOf(process.pid);
  if (tie === null || !tie.ended || tie.job === null) return null;
  const mark = tie.by === "cgroup" ? "is in the cgroup" : "carries the cookie";
  return {
    ...bareFinding("left-by-job", null),
    jobId: tie.job,
    confidence: tie.by === "cgroup" ? "proven" : "likely",
    action: "propose",
    evidence: [
      `it ${mark} of an attempt of job ${tie.job} (${tie.attempt}), which has ended`,
      ...describeCost(process, scene),
    ],
  };
}

function leftByOtherRunner(
  match: Match | null,
  process: Observed,
  scene: Scene,
  judged: Judged,
): Finding | null {
  if (match === null || !asksStatus(match.rule) || !mayBe(match.rule, process)) return null;
  if (judged.statusOf(match) !== "ended") return null;
  return {
    ...bareFinding("left-by-other-runner", match.rule),
    confidence: process.ageMs < judged.limitsOf(match.rule).minAgeMs ? "young" : "likely",
    evidence: [describeMatch(match.rule), describeStatus(match), ...describeCost(process, scene)],
  };
}

function workerOf(
  match: Match | null,
  process: Observed,
  scene: Scene,
  judged: Judged,
): Finding | null {
  // A rule with a status source judges by that source alone, in `leftByOtherRunner`.
  if (match === null || asksStatus(match.rule)) return null;
  const { rule } = match;
  const limits = judged.limitsOf(rule);
  if (!mayBe(rule, process)) return null;
  const gone = parentGone(process, scene, parentHints(match));
  if (gone === null) return null;
  const onGpu = holdsGpu(scene.holdingsOf(process.pid));
  if (rule.holds_gpu && !onGpu) return null;
  const goneMs = judged.goneMs(process);
  const ignoresHangup = scene.ignoresHangup(process.pid);
  // It was started by hand and is meant to continue after logout.
  if (ignoresHangup && !rule.worker) return null;
  // A worker inherits the ignored signal and the process group from the program that nohup started.
  // Only that program itself leads the group: an interactive shell gives it one of its own.
  const stays = ignoresHangup && process.processGroup === process.pid;
  const busy = process.demandPercent >= limits.cpuPercent;
  const works = (busy || onGpu) && !stays;
  return {
    ...bareFinding("parent-gone", rule),
    goneMs,
    confidence: early(process, goneMs, limits) ?? (works ? "likely" : "weak"),
    evidence: [
      describeMatch(rule),
      gone,
      `its parent has been known to be gone for ${formatDuration(goneMs)}`,
      ...(stays ? ["it leads its own process group and ignores SIGHUP, as under nohup"] : []),
      ...describeCost(process, scene),
    ],
  };
}

/** Suspects a forked worker only if it holds a resource: a GPU, a port or shared memory. */
function forkedWorker(
  match: Match | null,
  process: Observed,
  scene: Scene,
  judged: Judged,
): Finding | null {
  const rule = match === null ? judged.rules.find(({ lineage }) => lineage) : undefined;
  if (rule === undefined || !mayBe(rule, process)) return null;
  const lineage = forkedByDead(process, scene);
  if (lineage === null) return null;
  const holdings = scene.holdingsOf(process.pid);
  const onGpu = holdsGpu(holdings);
  if (!onGpu && (rule.holds_gpu || holdings.ports.length + holdings.sharedMemory.length === 0))
    return null;
  const limits = judged.limitsOf(rule);
  const goneMs = judged.goneMs(process);
  const stays = scene.ignoresHangup(process.pid);
  const works = (process.demandPercent >= limits.cpuPercent || onGpu) && !stays;
  return {
    ...bareFinding("parent-gone", rule),
    goneMs,
    confidence: early(process, goneMs, limits) ?? (works ? "likely" : "weak"),
    evidence: [
      ...lineage,
      `its parent has been known to be gone for ${formatDuration(goneMs)}`,
      ...(stays ? ["it ignores SIGHUP, as under nohup"] : []),
      ...describeCost(process, scene),
    ],
  };
}

/**
 * Without a rule there is only the place in the process tree and the cost, which is never more than
 * a hint.
 */
function withoutRule(
  match: Match | null,
  process: Observed,
  scene: Scene,
  judged: Judged,
): Finding | null {
  const limits = judged.limitsOf(null);
  if (match !== null || !isLeaderGone(process.session, scene)) return null;
  const gone = parentGone(process, scene);
  if (gone === null) return null;
  // As under nohup: it was meant to continue.
  if (scene.ignoresHangup(process.pid)) return null;
  const goneMs = judged.goneMs(process);
  const found = (kind: OrphanClass): Finding => ({
    ...bareFinding(kind, null),
    goneMs,
    confidence: early(process, goneMs, limits) ?? "weak",
    evidence: [gone, ...describeCost(process, scene)],
  });
  if (holdsGpu(scene.holdingsOf(process.pid))) return found("gpu-without-owner");
  return process.demandPercent >= limits.cpuPercent ? found("cpu-without-session") : null;
}

/** Why it is too early to judge a process by its cost; null: it is not too early. */
function early(process: Observed, goneMs: number, limits: Limits): "young" | "waiting" | null {
  if (process.ageMs < limits.minAgeMs) return "young";
  return goneMs < limits.parentGoneMs ? "waiting" : null;
}

function bareFinding(kind: OrphanClass, rule: Rule | null): Finding {
  return {
    class: kind,
    rule: rule?.name ?? null,
    jobId: null,
    confidence: "weak",
    action: rule?.action ?? "report",
    goneMs: null,
    evidence: [],
  };
}

function mayBe({ user }: Rule, { uid }: Observed): boolean {
  return user === undefined || user === uid;
}

function hasAncestorIn(process: Observed, scene: Scene, pids: ReadonlySet<number>): boolean {
  const seen = new Set<number>();
  for (let ppid = process.ppid; !seen.has(ppid); ppid = scene.processes.get(ppid)?.ppid ?? 0) {
    if (pids.has(ppid)) return true;
    seen.add(ppid);
  }
  return false;
}

/** Identities of processes whose parent is gone, to be remembered from scan to scan. */
export function goneKeys(scene: Scene, rules: readonly Rule[]): string[] {
  return [...scene.processes.values()].flatMap((process) => {
    const parent = scene.processes.get(process.ppid);
    const fell = parent === undefined || isReaper(parent);
    const hints = parentHints(matchOf(process, rules));
    if (!fell && hints.named === null) return [];
    const gone = parentGone(process, scene, hints);
    return gone === null ? [] : [identityKey(process)];
  });
}
