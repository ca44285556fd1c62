import type { Engine } from "../../engines/engine.ts";
import { refuse } from "../../contract/problems.ts";
import { type AppliedLimit, notApplied } from "../../job/limits.ts";
import type { JobSpec } from "../../job/spec.ts";

/** The limits that nothing enforces. */
export function unapplied(limits: readonly AppliedLimit[]): AppliedLimit[] {
  return limits.filter(({ how }) => how === notApplied);
}

/** `pids 100 is not applied: needs the pids controller` */
export function unappliedMessage(limits: readonly AppliedLimit[]): string {
  return unapplied(limits)
    .map(
      ({ what, wanted, why }) =>
        `${what} ${wanted} is not applied: ${why ?? "the reason is unknown"}`,
    )
    .join("; ");
}

/** With `strictLimits`, refuses what this machine cannot limit at all. */
export async function refuseUnapplied(
  engine: Pick<Engine, "plan">,
  spec: JobSpec,
): Promise<ReturnType<typeof refuse> | null> {
  if (!spec.strictLimits) return null;
  const { limits } = await engine.plan("", spec);
  const what = unappliedMessage(limits);
  return what === "" ? null : refuse("limits_not_applicable", { what });
}
