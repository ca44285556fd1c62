import type { ExitRecord } from "../../contract/keeper.ts";
import type { Receipt } from "../../contract/receipt.ts";
import { type AppliedLimit, notApplied } from "../../job/limits.ts";
import type { AttemptRow } from "../../store/rows.ts";

/** The limits as they were applied, less those that the kernel refused the keeper. */
export function limitsOf({ limits }: AttemptRow, { unapplied }: ExitRecord): AppliedLimit[] {
  return limits.map((limit) => {
    const refused = unapplied.find(({ what }) => what === limit.what);
    return refused === undefined ? limit : { ...limit, how: notApplied, why: refused.errno };
  });
}

export function pressureOf({ pressure }: ExitRecord): Receipt["pressure"] {
  if (pressure === undefined || pressure === null) return null;
  return {
    cpu: stalled(pressure.cpu),
    memory: stalled(pressure.memory),
    io: stalled(pressure.io),
  };
}

function stalled(time: { some_us: number; full_us: number } | null) {
  return time === null ? null : { someUs: time.some_us, fullUs: time.full_us };
}
