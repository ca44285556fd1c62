import { refuse } from "../../contract/problems.ts";
import { type AppliedLimit, notApplied } from "../../job/limits.ts";
import type { JobSpec } from "../../job/spec.ts";
import type { Context } from "../context.ts";

/** The limits that nothing enforces. */
export function unapplied(limits: readonly AppliedLimit[]): AppliedLimit[] {
  return limits.filter(({ how }) => how === notApplied);
}

/** `pids 100 is not applied: needs the pids controller` */
export function unappliedWords(limits: readonly AppliedLimit[]): string {
  return unapplied(limits)
    .map(
      ({ what, wanted, why }) =>
        `${what} ${wanted} is not applied: ${why ?? "the reason is unknown"}`,
    )
    .join("; ");
}

/** With `strictLimits`, refuses what this machine cannot limit at all. */
export function refuseUnapplied(
  { engine }: Context,
  spec: JobSpec,
): ReturnType<typeof refuse> | null {
  if (!spec.strictLimits) return null;
  const what = unappliedWords(engine.planLimits(spec));
  return what === "" ? null : refuse("limits_not_applicable", { what });
}
