import { formatDuration } from "../contract/units.ts";
import { findingOf, type Judged } from "./classify.ts";
import { innocence } from "./innocent.ts";
import { matchOf } from "./match.ts";
import { asksStatus } from "./rule.ts";
import { isLeaderGone, isReaper, parentGone, parentHints } from "./parent.ts";
import type { Observed, Scene } from "./scene.ts";

/** For a rule under test: whether a process that matches it is suspected, and why. */
export function whyOf(
  process: Observed,
  scene: Scene,
  judged: Judged,
): { suspected: boolean; why: string } {
  const found = findingOf(process, scene, judged);
  if (found !== null && found.confidence !== "young")
    return {
      suspected: true,
      why: `${found.class}, ${found.confidence}: ${found.evidence.join("; ")}`,
    };
  return { suspected: false, why: clearedBy(process, scene, judged) };
}

function clearedBy(process: Observed, scene: Scene, judged: Judged): string {
  if (judged.uid !== null && process.uid !== judged.uid) return "it belongs to another user";
  const clear = innocence(process, scene, judged.allow);
  if (clear !== null) return clear;
  const match = matchOf(process, judged.rules);
  if (match !== null && asksStatus(match.rule)) return `its job is ${judged.statusOf(match)}`;
  const gone = parentGone(process, scene, parentHints(match));
  if (gone === null) {
    const parent = scene.processes.get(process.ppid);
    return parent === undefined || isReaper(parent)
      ? `${parent?.comm ?? "its parent"} (${process.ppid}) may have started it: the leaders of its session and process group are alive`
      : "its parent lives";
  }
  if (scene.ignoresHangup(process.pid))
    return "it ignores SIGHUP, as under nohup: it was meant to continue";
  const { minAgeMs, cpuPercent } = judged.limitsOf(match?.rule ?? null);
  if (process.ageMs < minAgeMs)
    return `it is ${formatDuration(process.ageMs)} old; the minimum is ${formatDuration(minAgeMs)}. --now skips this`;
  if (match !== null)
    return "it does not hold what the rule requires, or does not belong to the rule's user";
  if (!isLeaderGone(process.session, scene)) return "the leader of its session may be alive";
  return `it matches no rule, holds no GPU, and demanded less than ${cpuPercent} % of a CPU`;
}
