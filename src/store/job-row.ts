import type { Outcome } from "../job/outcome.ts";
import { reasonNames, type Reason } from "../job/reasons.ts";
import type { State } from "../job/states.ts";
import type { CheckedRow } from "./checked-row.ts";
import { damagedSpec } from "./damaged-spec.ts";
import type { Row } from "./row.ts";
import type { JobRow, StoredSpec } from "./rows.ts";

/** `state` is the row's own or, if that is damaged, the state in its events. */
export function toJob(row: CheckedRow, state: State): JobRow {
  const sound = (column: string) => (row.isDamaged(column) ? null : row.text(column));
  const columns = {
    name: sound("name"),
    priority: row.number("priority") ?? 0,
    gpus: row.number("gpus") ?? 0,
  };
  // A stop request counts even if its reason cannot be read.
  const stopReason =
    row.text("stop_reason") === null ? null : (reasonIn(row, "stop_reason") ?? "cancel");
  const waitUntilMs = row.isDamaged("wait_until_ms") ? null : row.number("wait_until_ms");
  return {
    id: row.number("id") ?? 0,
    uuid: sound("uuid"),
    state,
    reason: reasonIn(row, "reason"),
    message: sound("message"),
    spec: (row.json("spec") as StoredSpec | null) ?? damagedSpec(row.readable("spec"), columns),
    createdAtMs: row.number("created_at_ms") ?? 0,
    startedAtMs: row.number("started_at_ms"),
    endedAtMs: row.number("ended_at_ms"),
    stopReason,
    outcome: row.json("outcome") as Outcome | null,
    attempt: sound("attempt"),
    retryOf: row.isDamaged("retry_of") ? null : row.number("retry_of"),
    wait:
      waitUntilMs === null
        ? null
        : { fromMs: row.number("wait_from_ms") ?? 0, untilMs: waitUntilMs },
    damaged: row.damaged,
  };
}

/** What is not one of the reasons is nothing that can be acted on. */
function reasonIn(row: CheckedRow, column: string): Reason | null {
  const text = row.text(column);
  return reasonNames.find((name) => name === text) ?? null;
}

/** The state of a job where neither its row nor its events say it: nothing is launched or forgotten by it. */
export function stateBeside(row: CheckedRow): State {
  if (row.text("attempt") === null) return "held";
  return row.number("ended_at_ms") === null ? "stopping" : "lost";
}

/** Stands for a row that SQLite cannot read. Without checksums all of it counts as damaged. */
export function unreadableRow(id: number): Row {
  return {
    id,
    state: null,
    reason: null,
    message: null,
    name: null,
    priority: null,
    gpus: null,
    spec_hash: null,
    spec: null,
    created_at_ms: null,
    started_at_ms: null,
    ended_at_ms: null,
    stop_reason: null,
    outcome: null,
    attempt: null,
    retry_of: null,
    uuid: null,
    sums: null,
  };
}
