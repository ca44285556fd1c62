import { isSealed } from "../containment/seal.ts";
import { namesItsOwn } from "../containment/own-claim.ts";
import type { Signals } from "../containment/signals.ts";
import {
  findSurvivors,
  provenEmpty,
  type Survivor,
  type Traces,
} from "../containment/survivors.ts";
import type { ExitRecord, KeeperClaim } from "../contract/keeper.ts";
import { isCalledKeeperOf } from "../processes/keeper-program.ts";
import {
  keeperClaimOf,
  namespaceOf,
  sightOfAttempt,
  type AttemptOnDisk,
} from "../recovery/attempt-on-disk.ts";

/**
 * The keeper of an attempt, if it lives. A claim that only the folder has may name an unrelated process:
 * then the process must also have a keeper's command line.
 */
export async function livingKeeper(
  signals: Signals,
  attempt: AttemptOnDisk,
): Promise<KeeperClaim["keeper"] | null> {
  const keeper = keeperClaimOf(attempt)?.keeper ?? null;
  if (keeper === null) return null;
  const isNamed = isCalledKeeperOf(keeper.pid, attempt.id);
  if (attempt.known?.claim == null && !isNamed) return null;
  return (await signals.lives(keeper)) ? keeper : null;
}

/** The processes found of an attempt whose end no keeper proves. */
export function survivorsOf(attempt: AttemptOnDisk): Survivor[] {
  if (sightOfAttempt(attempt) !== "here") return [];
  return findSurvivors(tracesOf(attempt));
}

/** Its group; null if it has none, or only a group of another boot. */
export function groupOf(attempt: AttemptOnDisk): string | null {
  const { intent } = attempt;
  const claim = keeperClaimOf(attempt);
  if (claim !== null) return claim.cgroup;
  return intent !== null && sightOfAttempt(attempt) === "here" ? intent.cgroup : null;
}

/** What its group can say: true, empty; false, not; null: it has none; "unseen": it cannot be seen from here. */
export function groupIsEmpty(attempt: AttemptOnDisk): boolean | null | "unseen" {
  const path = groupOf(attempt);
  if (path === null) return null;
  return provenEmpty({ path, namespace: namespaceOf(attempt)?.cgroups }) ?? "unseen";
}

/**
 * Whether an attempt is over: the database says so, its keeper wrote its record, or no process of it is
 * found. The payload can write an exit record; its keeper leaves when it has written its own.
 */
export async function hasEnded(signals: Signals, attempt: AttemptOnDisk): Promise<boolean> {
  if (attempt.known?.ended === true) return true;
  if (attempt.exit === null || (await livingKeeper(signals, attempt)) !== null) return false;
  if (isConfirmed(attempt, attempt.exit)) return true;
  return sightOfAttempt(attempt) !== "elsewhere" && isEmpty(attempt, attempt.exit);
}

export function isConfirmed({ known }: AttemptOnDisk, exit: ExitRecord): boolean {
  if (known === null || known.distrusted || known.sealHash === null) return false;
  return isSealed(exit, known.sealHash);
}

/** No process is found except those that the record names as escaped. */
function isEmpty(attempt: AttemptOnDisk, exit: ExitRecord): boolean {
  const named = new Set((exit.escaped ?? []).map(({ pid, start }) => `${pid} ${start}`));
  const others = survivorsOf(attempt).filter(
    ({ identity }) => !named.has(`${identity.pid} ${identity.start}`),
  );
  const group = groupIsEmpty(attempt);
  return others.length === 0 && (group === true || group === null);
}

function tracesOf(attempt: AttemptOnDisk): Traces {
  const claim = keeperClaimOf(attempt);
  const trusted =
    claim !== null && (claim === attempt.known?.claim || namesItsOwn(claim, attempt.id));
  return {
    attempt: attempt.id,
    folder: attempt.folder.path,
    claim: trusted ? claim : null,
    cgroup: groupOf(attempt),
    // Nothing on the disk is trusted enough to end a foreign process because of it.
    adopted: null,
  };
}
