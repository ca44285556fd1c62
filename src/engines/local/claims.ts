import { AttemptFolder } from "../../containment/attempt-folder.ts";
import { namesItsOwn } from "../../containment/own-claim.ts";
import { attemptOf, type RecalledAttempt } from "../../containment/recalled.ts";
import type { Spawner } from "../../containment/spawner.ts";
import type { KeeperClaim } from "../../contract/keeper.ts";
import { isHere } from "../../processes/pid-namespace.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { type Claim, isKeeper, readable } from "./records.ts";

/** Claims in attempts' folders, and which of them are their keepers' own. */
export class Claims {
  readonly #attemptsDir: string;
  readonly #spawner: Pick<Spawner, "keeperPidOf">;

  constructor(attemptsDir: string, spawner: Pick<Spawner, "keeperPidOf">) {
    this.#attemptsDir = attemptsDir;
    this.#spawner = spawner;
  }

  folderOf(attempt: string): AttemptFolder {
    return new AttemptFolder(this.#attemptsDir, attempt);
  }

  /** An attempt as its own record of the intent has it; null if there is none or it is not trusted. */
  async recall(attempt: string): Promise<RecalledAttempt | null> {
    const intent = await readable(this.folderOf(attempt).readIntent());
    return intent === null || intent === "unreadable" ? null : attemptOf(intent);
  }

  /** Null when there is none, it is void, or it is not trusted. */
  async read(attempt: AttemptRow): Promise<KeeperClaim | null> {
    const claim = await readable(this.folderOf(attempt.id).readClaim());
    return this.isItsKeepers(claim, attempt) ? claim : null;
  }

  isItsKeepers(claim: Claim, attempt: AttemptRow): claim is KeeperClaim {
    if (!isKeeper(claim, attempt) || !isHere(attempt)) return false;
    const keeperPid = this.#spawner.keeperPidOf(attempt.id);
    const named = keeperPid === null || claim.keeper.pid === keeperPid;
    return named && namesItsOwn(claim, attempt.id);
  }
}
