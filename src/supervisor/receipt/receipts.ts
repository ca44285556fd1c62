import type { ExitRecord } from "../../contract/keeper.ts";
import type { Pauses } from "../../contract/pauses.ts";
import type { Receipt } from "../../contract/receipt.ts";
import type { Outcome } from "../../job/outcome.ts";
import type { State } from "../../job/states.ts";
import type { AttemptRow, JobRow } from "../../store/rows.ts";
import { escapeesOf } from "./escapees.ts";
import { victimsOf } from "./out-of-memory.ts";
import { limitsOf, pressureOf } from "./limits.ts";
import { pausesOf } from "./pauses.ts";
import { processesOfExit, processesOfSweep } from "./processes.ts";
import { keepersProof, lossProof, searchersProof, unseen } from "./proof.ts";
import { sharedMemoryOf } from "./shared-memory.ts";
import { stopScopeHint } from "./stop-scope-hint.ts";
import type { SweepResult } from "../attempt/sweeping.ts";

/** The receipt of an attempt that its keeper saw to the end. */
export function receiptOfExit(
  job: JobRow,
  attempt: AttemptRow,
  state: State,
  outcome: Outcome,
  exit: ExitRecord,
  {
    container,
    gpus,
    groupIsEmpty,
  }: Pick<Receipt, "container" | "gpus"> & { groupIsEmpty: boolean },
): Receipt {
  const confirmed =
    attempt.sealHash === null ? searchersProof(groupIsEmpty) : keepersProof(exit, attempt);
  return {
    ...head(job, attempt, state, outcome),
    ...confirmed,
    unproven: [...confirmed.unproven, ...unreleased(gpus)],
    stopHint: stopScopeHint(job.spec, exit),
    phases: phasesOf(job, exit),
    ...processesOfExit(exit, attempt),
    escaped: escapeesOf(exit, container?.id ?? null),
    escapedOmitted: exit.escaped_omitted ?? 0,
    container,
    gpus,
    sharedMemory: sharedMemoryOf(exit),
    cpuUserUs: exit.cpu_user_us,
    cpuSystemUs: exit.cpu_system_us,
    maxRssBytes: exit.max_rss_bytes,
    memoryPeakBytes: exit.memory_peak_bytes,
    oomKills: exit.oom_kills,
    oomVictims: victimsOf(exit),
    pidsPeak: exit.pids_peak ?? null,
    cpuThrottledUs: exit.cpu_throttled_us ?? null,
    cpuThrottledPeriods: exit.cpu_throttled_periods ?? null,
    pressure: pressureOf(exit),
    limits: limitsOf(attempt, exit),
    output: {
      stdoutBytes: exit.output.stdout_bytes,
      stderrBytes: exit.output.stderr_bytes,
      punchedBytes: exit.output.punched_bytes,
    },
    pauses: pausesOf(exit),
    unapplied: exit.unapplied,
  };
}

/** The receipt of an attempt whose keeper was lost: what the server saw when it looked. */
export function receiptOfLoss(
  job: JobRow,
  attempt: AttemptRow,
  state: State,
  outcome: Outcome,
  seen: Pick<Receipt, "container" | "gpus"> & {
    sweep: SweepResult | null;
    atMs: number;
    pauses: Pauses | null;
  },
): Receipt {
  const { sweep, container, gpus, atMs, pauses } = seen;
  const unproven = [
    { what: "how the main process ended", why: "its keeper was not there to see it" },
  ];
  if (sweep !== null && sweep.proven === null) unproven.push(unseen);
  const declared = outcome.reason === "namespace_ended" ? (attempt.declaredEnded ?? null) : null;
  if (declared !== null)
    unproven.push({
      what: "that no process of it lives",
      why: "a person declared that its PID namespace has ended; nothing observed it",
    });
  unproven.push(...unreleased(gpus));
  return {
    ...head(job, attempt, state, outcome),
    // With neither keeper nor group what remains is a search.
    ...(sweep?.proven === null ? { tier: "best effort" as const } : {}),
    proof: lossProof(sweep, outcome.reason, declared),
    unproven,
    phases: [
      { name: "submitted", atMs: job.createdAtMs },
      ...(job.startedAtMs === null ? [] : [{ name: "started", atMs: job.startedAtMs }]),
      ...(sweep === null ? [] : [{ name: "search began", atMs: sweep.startedAtMs }]),
      declared === null
        ? { name: "nothing left", atMs }
        : { name: "declared to have ended", atMs: declared.atMs },
    ],
    ...processesOfSweep(sweep, attempt),
    ...unknownUsage,
    container,
    gpus,
    limits: attempt.limits,
    pauses,
  };
}

/** The receipt of a job that ended before any attempt of it executed. */
export function receiptWithoutExecution(job: JobRow, outcome: Outcome): Receipt {
  return {
    jobId: job.id,
    attempt: null,
    attemptNumber: null,
    state: job.state,
    outcome,
    tier: null,
    proof: {
      kind: "never started",
      message: "nothing was ever executed",
      echild: null,
      populated: null,
    },
    unproven: [],
    phases: [
      { name: "submitted", atMs: job.createdAtMs },
      ...(job.endedAtMs === null ? [] : [{ name: "ended", atMs: job.endedAtMs }]),
    ],
    processes: [],
    processesOmitted: 0,
    processesMayLack: [],
    ended: { self: 0, term: 0, kill: 0, unknown: 0 },
    ...unknownUsage,
    pauses: { count: 0, totalMs: 0, list: [], complete: true },
  };
}

const unknownUsage = {
  escaped: null,
  escapedOmitted: 0,
  container: null,
  gpus: null,
  sharedMemory: null,
  cpuUserUs: null,
  cpuSystemUs: null,
  maxRssBytes: null,
  memoryPeakBytes: null,
  oomKills: null,
  oomVictims: [],
  pidsPeak: null,
  cpuThrottledUs: null,
  cpuThrottledPeriods: null,
  pressure: null,
  limits: [],
  output: { stdoutBytes: null, stderrBytes: null, punchedBytes: null },
  unapplied: [],
} satisfies Partial<Receipt>;

function head(job: JobRow, attempt: AttemptRow, state: State, outcome: Outcome) {
  return {
    jobId: job.id,
    attempt: attempt.id,
    attemptNumber: attempt.number,
    state,
    outcome,
    tier: attempt.tier,
  };
}

function unreleased(gpus: Receipt["gpus"]): Receipt["unproven"] {
  return (gpus ?? [])
    .filter(({ verdict }) => verdict !== "released")
    .map(({ index, uuid, message }) => ({
      what: `that the memory of GPU ${index ?? uuid} is free`,
      why: message,
    }));
}

function phasesOf(job: JobRow, { times }: ExitRecord): Receipt["phases"] {
  const named: [string, number | null][] = [
    ["submitted", job.createdAtMs],
    ["claimed", times.claimed_ms],
    // An adopted process had been executed before; only what follows it was executed now.
    [job.spec.adopt === undefined ? "executed" : "adopted", times.exec_ms],
    ["main process ended", times.main_ended_ms],
    ["stop wanted", times.stop_ms],
    ["first signal", times.term_ms],
    ["KILL", times.kill_ms],
    ["nothing left", times.empty_ms],
  ];
  return named
    .flatMap(([name, atMs]) => (atMs === null ? [] : [{ name, atMs }]))
    .toSorted((a, b) => a.atMs - b.atMs);
}
