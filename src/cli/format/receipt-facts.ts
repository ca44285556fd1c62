import { counted } from "../../contract/counted.ts";
import type { Receipt } from "../../contract/receipt.ts";
import { unexplainedKills } from "../../contract/unexplained-kills.ts";
import { formatSize } from "../../contract/units.ts";
import { limitFacts, describeLimit } from "./limits.ts";
import type { Fact } from "./page.ts";
import { describePauses } from "./pauses.ts";
import { endedCounts, describeOutcome } from "./receipt-processes.ts";
import { timestamp } from "./time.ts";

/** What is known about an ended attempt as a whole, by name; null where it is not known or not worth a line. */
export function receiptFacts(receipt: Receipt): Fact[] {
  const { outcome, output, ended, proof } = receipt;
  const cpu =
    receipt.cpuUserUs === null || receipt.cpuSystemUs === null
      ? null
      : `${seconds(receipt.cpuUserUs)} user, ${seconds(receipt.cpuSystemUs)} system`;
  return [
    ["exit", describeOutcome(outcome.code, outcome.signal)],
    ["reason", outcome.reason.replaceAll("_", " ")],
    ["proof", proof.message],
    ["containment", receipt.tier],
    ["container", describeContainer(receipt)],
    ["processes", endedCounts(ended)],
    [
      "leftovers",
      outcome.leftovers === 0 ? null : `${outcome.leftovers} when the main process ended`,
    ],
    ["paused", describePauses(receipt.pauses, { over: true })],
    ["CPU time", cpu],
    ["peak memory", sizeOrNull(receipt.memoryPeakBytes, "charged to its cgroup")],
    ["largest process", sizeOrNull(receipt.maxRssBytes, "resident, shared pages included")],
    ...limitFacts(receipt.limits.map(describeLimit)),
    ["most processes", receipt.pidsPeak === null ? null : String(receipt.pidsPeak)],
    ["CPU withheld", microsecondsOrNull(receipt.cpuThrottledUs)],
    ["waited for", describePressure(receipt)],
    ["killed for memory", describeVictim(receipt)],
    ["output", sizeOrNull(output.stdoutBytes)],
    ["error output", sizeOrNull(output.stderrBytes)],
    [
      "dropped output",
      output.punchedBytes === null || output.punchedBytes === 0
        ? null
        : formatSize(output.punchedBytes),
    ],
    ["disk full", describeDisk(receipt)],
    ["not applied", notApplied(receipt)],
    ["hint", receipt.stopHint ?? null],
  ];
}

function describeContainer({ container }: Receipt): string | null {
  if (container === null) return null;
  const { runtime, id, name, gone, stopped } = container;
  const which = `${runtime} ${id === null ? name : id.slice(0, 12)}`;
  return `${which}: ${stopped ? "outlived its client, removed; " : ""}${gone}`;
}

/** Only what was seen; a write that failed is the payload's own to report. */
function describeDisk({ diskFull = [] }: Receipt): string | null {
  if (diskFull.length === 0) return null;
  const seen = diskFull.map(
    ({ seenBy, firstMs, lastMs }) =>
      `${timestamp(firstMs)} to ${timestamp(lastMs)}, seen by the ${seenBy}`,
  );
  return `${seen.join("; ")}: output and records of that time may be cut, missing or late`;
}

function notApplied({ unapplied }: Receipt): string | null {
  if (unapplied.length === 0) return null;
  return unapplied.map(({ what, errno }) => `${what} (${errno})`).join(", ");
}

function sizeOrNull(bytes: number | null, meaning?: string): string | null {
  if (bytes === null) return null;
  return meaning === undefined ? formatSize(bytes) : `${formatSize(bytes)}, ${meaning}`;
}

function microsecondsOrNull(us: number | null): string | null {
  return us === null || us === 0 ? null : seconds(us);
}

/** `memory 1.20 s, io 0.30 s`: how long all of its processes stood still for want of it. */
function describePressure({ pressure }: Receipt): string | null {
  const parts = Object.entries(pressure ?? {}).flatMap(([what, stalled]) =>
    stalled === null || stalled.fullUs === 0 ? [] : [`${what} ${seconds(stalled.fullUs)}`],
  );
  return parts.length === 0 ? null : parts.join(", ");
}

/** Without the kernel's log: its count, when it was counted, and which ends by SIGKILL it may explain. */
function describeVictim({ oomKills, oomVictims, processes, phases }: Receipt): string | null {
  if (oomVictims.length > 0)
    return oomVictims.map(({ pid, command }) => `${command} ${pid}`).join(", ");
  if (oomKills === null || oomKills === 0) return null;
  const at = (name: string) => phases.find((phase) => phase.name === name)?.atMs;
  const [from, to] = [at("claimed"), at("nothing left")];
  const during =
    from === undefined || to === undefined ? "" : ` from ${timestamp(from)} to ${timestamp(to)}`;
  const suspects = unexplainedKills(processes);
  const possible =
    suspects.length === 0
      ? ""
      : `; ended by a SIGKILL that Holdfast did not send: ${suspects.map(({ pid, command }) => `${command} ${pid}`).join(", ")}`;
  return `${counted(oomKills, "kill")} counted${during}; which process is not on record${possible}`;
}

function seconds(us: number): string {
  return `${(us / 1e6).toFixed(2)} s`;
}
