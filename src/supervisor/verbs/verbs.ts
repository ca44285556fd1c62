import { refuse, type Result } from "../../contract/problems.ts";
import type { Context } from "../context.ts";
import type { RecoveryAtStart } from "../recovery/recovery-at-start.ts";
import { refuseWithoutFolder } from "../recovery/state-folder.ts";
import type { Supervisor } from "../supervisor.ts";
import { adopt, type AdoptParts } from "./adopt.ts";
import { cancel, type CancelParts } from "./cancel.ts";
import { hold, release, type HoldParts } from "./hold.ts";
import { pauseJob, resumeJob, type PauseParts } from "./pause.ts";
import { remove, type RemoveParts } from "./remove.ts";
import { retry } from "./retry.ts";
import { submit, type SubmitParts } from "./submit.ts";

export type VerbParts = SubmitParts &
  CancelParts &
  HoldParts &
  PauseParts &
  AdoptParts &
  RemoveParts &
  Pick<Context, "database">;

export type Verbs = Pick<
  Supervisor,
  | "submit"
  | "cancel"
  | "kill"
  | "hold"
  | "release"
  | "pause"
  | "resume"
  | "retry"
  | "adopt"
  | "remove"
>;

/** Every verb, and the rules that hold for several: when no job is accepted, and what is still unknown. */
export function verbsOf(
  parts: VerbParts,
  recovery: RecoveryAtStart,
  isClosing: () => boolean,
): Verbs {
  const settled = async <T>(answer: Promise<Result<T>>) => recovery.settled(await answer);
  /** For verbs that make a job. */
  const accepting = async <T>(make: () => Promise<Result<T>>): Promise<Result<T>> =>
    isClosing()
      ? refuse("shutting_down")
      : ((await refuseWithoutFolder(parts)) ?? recovery.settled(await make()));

  return {
    submit: (request, key) => accepting(() => submit(parts, request, key)),
    retry: (id, env) => accepting(() => retry(parts, id, env)),
    adopt: (asked) => accepting(() => adopt(parts, asked)),
    cancel: (id, graceMs, client = null, onlyIn = null) =>
      settled(cancel(parts, id, { graceMs, client, onlyIn })),
    kill: (id, client = null, onlyIn = null) =>
      settled(cancel(parts, id, { graceMs: null, kill: true, client, onlyIn })),
    hold: (id) => settled(hold(parts, id)),
    release: (id) => settled(release(parts, id)),
    pause: (id) => settled(pauseJob(parts, id)),
    resume: (id) => settled(resumeJob(parts, id)),
    remove: (id) => settled(remove(parts, id)),
  };
}
