import { existsSync } from "node:fs";
import type { Signals } from "../../containment/signals.ts";
import { waitsAtItsGate } from "../../processes/keeper-program.ts";
import type { Sight } from "../../processes/pid-namespace.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { Evidence } from "../engine.ts";
import type { Namespaces, Processes } from "../machine.ts";
import type { Claims } from "./claims.ts";
import type { OwnKeepers } from "./own-keepers.ts";
import { trusted, readable, voidOrStrange } from "./records.ts";

interface Sources {
  claims: Claims;
  keepers: Pick<OwnKeepers, "note">;
  processes: Pick<Processes, "search">;
  signals: Pick<Signals, "lives">;
  namespaces: Namespaces;
}

/**
 * What its folder and the kernel say about one attempt. The machine is searched only if neither a
 * keeper nor an exit record is there and the claim is missing or void: in all other cases the answer
 * does not depend on what the search would find.
 */
export async function observe(sources: Sources, attempt: AttemptRow): Promise<Evidence> {
  const sight = await sources.namespaces.sightOf(attempt);
  const before = await readEvidence(sources, attempt, sight, false);
  if (!isUndecided(before)) return before;
  // Before its claim is read again: a keeper may be about to make it, and then to execute.
  const executed = await hasExecuted(sources.processes, attempt);
  return await readEvidence(sources, attempt, sight, executed);
}

function isUndecided({ sight, keeperAlive, exit, claim, claimedBefore }: Evidence): boolean {
  if (sight !== "here" || keeperAlive || exit !== null || claimedBefore) return false;
  return claim === null || claim === "void";
}

/** The order of the readings is what makes them fit together. */
async function readEvidence(
  { claims, keepers, signals }: Sources,
  attempt: AttemptRow,
  sight: Sight,
  executed: boolean,
): Promise<Evidence> {
  const folder = claims.folderOf(attempt.id);
  const claim = await readable(folder.readClaim());
  // The payload can write another claim once its own has been seen.
  const own = claims.isItsKeepers(claim, attempt);
  if (own) keepers.note(attempt, claim);
  const keeper = (attempt.claim ?? (own ? claim : null))?.keeper ?? null;
  const keeperAlive = sight === "here" && keeper !== null && (await signals.lives(keeper));
  // Afterwards: a keeper that is gone by then has written its last record.
  const exit = trusted(await readable(folder.readExit()), attempt, sight);
  return {
    folder: existsSync(folder.path),
    claimedBefore: attempt.claim !== null || claimIsDamaged(attempt) || executed,
    claim: claim === null || claim === "unreadable" ? claim : own ? claim : voidOrStrange(claim),
    exit,
    sight,
    keeperAlive,
    waiting: null,
  };
}

/** It was recorded, and its content is not known any more. */
function claimIsDamaged({ damaged }: AttemptRow): boolean {
  return damaged?.includes("claim") === true;
}

/**
 * The cookie is in an environment only from the payload's own exec on, which is after the claim. A process in
 * the attempt's group without it is the payload that waits at its gate, or a descendant of a process that passed it.
 */
async function hasExecuted(
  processes: Pick<Processes, "search">,
  attempt: AttemptRow,
): Promise<boolean> {
  return (await processes.search(attempt, [])).some(
    ({ identity, ties }) =>
      ties.includes("cookie") || (ties.includes("cgroup") && !waitsAtItsGate(identity.pid)),
  );
}
