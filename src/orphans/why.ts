import { formatDuration } from "../contract/units.ts";
import { findingOf, type Judged } from "./classify.ts";
import { innocence } from "./innocent.ts";
import { matchOf } from "./match.ts";
import { asksStatus } from "./rule.ts";
import { isLeaderGone, isReaper, parentGone, parentHints } from "./parent.ts";
import type { Observed, Scene } from "./scene.ts";

/** For a rule that is being tried: whether a process that fits it is suspected, and why. */
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
  if (judged.uid !== null && process.uid !== judged.uid) return "it is another user's";
  const clear = innocence(process, scene, judged.allow);
  if (clear !== null) return clear;
  const match = matchOf(process, judged.rules);
  if (match !== null && asksStatus(match.rule)) return `its job is ${judged.statusOf(match)}`;
  const gone = parentGone(process, scene, parentHints(match));
  if (gone === null) {
    const parent = scene.processes.get(process.ppid);
    return parent === undefined || isReaper(parent)
      ? `${parent?.comm ?? "its parent"} (${process.ppid}) may have started it: the leaders of its session and process group live`
      : "its parent lives";
  }
  if (scene.ignoresHangup(process.pid))
    return "it ignores HUP, as nohup makes it: it was meant to go on";
  const { minAgeMs, cpuPercent } = judged.limitsOf(match?.rule ?? null);
  if (process.ageMs < minAgeMs)
    return `it is ${formatDuration(process.ageMs)} old, and ${formatDuration(minAgeMs)} are required; --now skips that`;
  if (match !== null) return "it does not hold what the rule wants, or is not of the rule's user";
  if (!isLeaderGone(process.session, scene)) return "the leader of its session may live";
  return `it fits no rule, holds no GPU, and needed less than ${cpuPercent} % of a CPU`;
}
