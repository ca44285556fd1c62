import { counted } from "../../contract/counted.ts";
import type { AttemptSummary } from "../../contract/attempt.ts";
import type { Job } from "../../contract/job.ts";
import type { Survivor } from "../../contract/stopping.ts";
import { formatDuration, formatSize } from "../../contract/units.ts";
import { commandLine, titleOf } from "./command-line.ts";
import {
  endedHow,
  describeExit,
  describeLeftover,
  describeProgress,
  describeReason,
  runTimeMs,
} from "./describe-job.ts";
import { limitFacts, describeLimit } from "./limits.ts";
import { bold, facts, section, type Block, type Fact, type Page, type Section } from "./page.ts";
import { describePauses } from "./pauses.ts";
import { hasEnded, stateSpan } from "./states.ts";
import {
  canBeCutShort,
  remediesFor,
  stackLines,
  stoppingLine,
  describeSurvivor,
} from "./stopping.ts";
import { timestamp } from "./time.ts";

/** Everything about one job, for people. */
export function jobPage(job: Job, nowMs: number, attempts: readonly AttemptSummary[] = []): Page {
  const head = [bold(`job ${job.id}`), ` ${titleOf(job.spec)}  `, stateSpan(job.state)];
  return [
    section(head, [
      facts([...situation(job, nowMs), ...specification(job), ...place(job)]),
      section("still there:", (job.stopping?.survivors ?? []).flatMap(survivorBlocks)),
      ...attemptSection(job, attempts),
      `next: ${whatNext(job)}`,
    ]),
  ];
}

function situation(job: Job, nowMs: number): Fact[] {
  const ran = runTimeMs(job, nowMs);
  return [
    ...damageFields(job),
    ["why", job.message],
    ...(job.hints ?? []).map(({ message }): Fact => ["hint", message]),
    ["waits for", job.waiting?.message ?? null],
    ["would help", job.waiting?.hint ?? null],
    ["stopping", job.stopping === null ? null : stoppingLine(job.stopping, job.spec.stopSignal)],
    ["exit", describeExit(job)],
    ["leftovers", describeLeftover(job)],
    ["progress", job.progress === null ? null : describeProgress(job.progress)],
    ["submitted", timestamp(job.createdAtMs)],
    ["started", job.startedAtMs === null ? null : timestamp(job.startedAtMs)],
    ["ended", job.endedAtMs === null ? null : timestamp(job.endedAtMs)],
    ["run time", ran === null ? null : formatDuration(ran)],
    ["paused", describePauses(job.pauses, { over: job.endedAtMs !== null })],
    ["retry of", job.retryOf === null ? null : `job ${job.retryOf}`],
  ];
}

function damageFields({ damaged }: Job): Fact[] {
  if (damaged === undefined) return [];
  return [
    ["damaged", `${damaged.fields.join(", ")}: not what was written`],
    ["certain", damaged.certain.length === 0 ? "nothing else" : damaged.certain.join(", ")],
    ["to do", damaged.next],
  ];
}

const signalled: Record<Job["spec"]["stopScope"], string> = {
  all: "all processes at once",
  "main-first": "the main process, then the others when it has ended or half of the grace is over",
  main: "only the main process",
};

function specification({ spec, limits }: Job): Fact[] {
  return [
    ["command", commandLine(spec.command)],
    [
      "container",
      spec.container === null ? null : `${spec.container.runtime}:${spec.container.image}`,
    ],
    ["directory", spec.cwd],
    ["environment", `${counted(spec.envNames.length, "variable")} (values are not shown)`],
    ["tags", spec.tags.length === 0 ? null : spec.tags.join(", ")],
    ["GPUs", spec.gpus === 0 ? null : String(spec.gpus)],
    ["priority", spec.priority === 0 ? null : String(spec.priority)],
    ["time limit", spec.limitMs === null ? "none" : formatDuration(spec.limitMs)],
    ["grace", `${formatDuration(spec.graceMs)} from ${spec.stopSignal} to KILL`],
    ["signalled", signalled[spec.stopScope]],
    [
      "without server",
      spec.leaseMs === null ? null : `stops after ${formatDuration(spec.leaseMs)}`,
    ],
    ["retries", describeRetry(spec.retries)],
    ["the escaped are", spec.escaped === "stop" ? "stopped" : null],
    ["leftovers are", spec.leftovers === "wait" ? "waited for" : null],
    ["output quota", spec.outputQuotaBytes === null ? null : formatSize(spec.outputQuotaBytes)],
    ...limitFacts(limits.map(describeLimit)),
  ];
}

function place({ attempt, spec }: Job): Fact[] {
  if (attempt === null) return [];
  // A pid is of no use once its process has ended, for example between two attempts.
  const live = attempt.endedAtMs === null;
  return [
    ["attempt", `${attempt.number} (${attempt.id})`],
    ["containment", attempt.tier],
    ["adopted", spec.adopt === undefined ? null : `process ${spec.adopt.pid} and its descendants`],
    ["pid", live && attempt.pid !== null && spec.adopt === undefined ? String(attempt.pid) : null],
    ["keeper", live && attempt.keeperPid !== null ? `pid ${attempt.keeperPid}` : null],
    ["on GPUs", attempt.gpuUuids.length === 0 ? null : attempt.gpuUuids.join(", ")],
    ["folder", attempt.folder],
  ];
}

function describeRetry({ max, on, delayMs }: Job["spec"]["retries"]): string | null {
  if (max === 0) return null;
  return `${max} at most, after ${on.map(describeReason).join(", ")}; the first in ${formatDuration(delayMs)}`;
}

/** Only if there was more than one. */
function attemptSection({ id }: Job, attempts: readonly AttemptSummary[]): Section[] {
  if (attempts.length < 2) return [];
  const lines = attempts.map(({ number, state, outcome, startedAtMs, endedAtMs }) => {
    const end =
      state === null
        ? endedAtMs === null
          ? "in progress"
          : "never executed anything"
        : endedHow({ state, outcome });
    const ran =
      startedAtMs === null || endedAtMs === null
        ? ""
        : ` after ${formatDuration(Math.max(0, endedAtMs - startedAtMs))}`;
    return `${number}  ${end}${ran}`;
  });
  const next = `holdfast receipt ${id} --attempt N · holdfast logs ${id} --attempt N`;
  return [section("attempts", [...lines, next])];
}

function survivorBlocks(one: Survivor): Block[] {
  const remedies = remediesFor([one]).map((remedy) => `to end it: ${remedy}`);
  const more = [...remedies, ...stackLines(one)];
  return more.length === 0 ? [describeSurvivor(one)] : [section(describeSurvivor(one), more)];
}

function whatNext(job: Job): string {
  const { id, state } = job;
  if (hasEnded(job)) return `holdfast logs ${id} · holdfast receipt ${id} · holdfast retry ${id}`;
  if (state === "held") return `holdfast release ${id} · holdfast cancel ${id}`;
  if (state === "paused") return `holdfast resume ${id} · holdfast cancel ${id}`;
  if (state === "stopping") {
    const kill = canBeCutShort(job.stopping) ? ` · holdfast kill ${id}` : "";
    return `holdfast wait ${id}${kill}`;
  }
  return `holdfast logs -f ${id} · holdfast wait ${id} · holdfast cancel ${id}`;
}
