import type { Evidence } from "../../engines/engine.ts";
import type { ExitRecord } from "../../contract/keeper.ts";
import type { Reason } from "../../job/reasons.ts";

/** What a starting server does about an attempt that the store calls unfinished. */
export type Recovery =
  /** The exit record says how it ended. */
  | { action: "conclude"; exit: ExitRecord }
  /** Its keeper lives: follow it again. */
  | { action: "adopt" }
  /** It is proven never to have executed: launch it again, or end it if a stop was wanted. */
  | { action: "requeue" }
  /** No claim yet: void it first, then decide again. */
  | { action: "void" }
  /** It has no keeper any more: stop what lives, then it is lost. */
  | { action: "sweep"; reason: Reason }
  /** Its processes cannot be seen from here, or it waits over there: nothing is concluded and nothing is signalled. */
  | { action: "wait" }
  /** Its machine has restarted or its PID namespace has ended: nothing of it can live. */
  | { action: "lost"; reason: Reason };

/**
 * Pure, and complete over everything that records and kernel can say. A living keeper
 * comes first: it leaves when its exit record is durable, so a record that is there while
 * it lives is either just being reported or not written by the keeper. Then the exit record:
 * only it has the outcome, whatever happened to the machine since.
 */
export function recover(evidence: Evidence): Recovery {
  const { claim, claimedBefore, exit, sight, keeperAlive, folder, waiting } = evidence;
  if (keeperAlive) return { action: "adopt" };
  if (exit !== null && exit !== "unreadable") return { action: "conclude", exit };
  if (sight === "elsewhere" || waiting !== null) return { action: "wait" };
  const visible = sight === "here";
  // The payload can write to its folder. What the store has seen itself takes precedence, and the folder
  // is created before the store knows of the attempt: without it, nothing proves that nothing ran.
  const untouched = !claimedBefore && folder && exit === null;
  if (untouched && claim === "void") return { action: "requeue" };
  if (untouched && claim === null) return { action: visible ? "void" : "requeue" };
  if (visible) return { action: "sweep", reason: "keeper_lost" };
  return { action: "lost", reason: sight === "ended" ? "namespace_ended" : "machine_restarted" };
}
