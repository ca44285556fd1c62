import { isAlive, type AbandonedAttempt } from "../containment/abandoned.ts";
import { KeeperLink } from "../containment/keeper-link.ts";
import { Signals } from "../containment/signals.ts";
import { keeperProtocol, type KeeperClaim } from "../contract/keeper.ts";
import type { Adoptable } from "../contract/rescue.ts";
import { commandOf } from "../processes/process-table.ts";
import type { Clock } from "../system/clock.ts";
import type { Peek } from "../store/peek.ts";
import {
  attemptsOnDisk,
  claimOf,
  jobOf,
  keeperClaimOf,
  namespaceOf,
  sightOfAttempt,
  type AttemptOnDisk,
} from "../recovery/attempt-on-disk.ts";
import { abandonedHere } from "./abandoned-here.ts";
import { hasEnded, livingKeeper } from "./living-attempt.ts";

/** Predicts what a server that starts now would decide about unfinished attempts. Changes nothing. */
export async function adoptable(options: {
  attemptsDir: string;
  stateDir: string;
  peek: Peek;
  keeperProgram: string;
  clock: Clock;
}): Promise<Adoptable[]> {
  const signals = new Signals(options.keeperProgram);
  const all = await attemptsOnDisk(options.attemptsDir, options.peek);
  const ended = await Promise.all(all.map((attempt) => hasEnded(signals, attempt)));
  const open = all.filter((attempt, index) => ended[index] !== true && !isVoid(attempt));
  const found = await Promise.all(
    open.map(async (attempt) => {
      const { adopted, why } = await prospects(attempt, signals, options.clock);
      const { id, intent } = attempt;
      return {
        job: jobOf(attempt),
        attempt: id,
        command: intent?.command ?? [],
        adopted,
        why,
      };
    }),
  );
  return [
    ...found,
    ...abandonedHere(options.stateDir, options.peek).filter(isAlive).map(withoutFolder),
  ];
}

function withoutFolder({ attempt, job, members, movedTo }: AbandonedAttempt): Adoptable {
  const command = members.slice(0, 1).map(({ pid, comm }) => commandOf(pid, comm));
  const why =
    movedTo === null
      ? "its state folder is gone, so no server finds it; holdfast emergency-stop --all stops it"
      : `its state folder was moved to ${movedTo}; a server there follows it`;
  return { job, attempt, command, adopted: false, why };
}

/** Prevented from ever starting. A payload can write that too, so the database takes precedence. */
function isVoid({ claim, known }: AttemptOnDisk): boolean {
  return known?.claim == null && claim !== null && "void" in claim;
}

async function prospects(
  attempt: AttemptOnDisk,
  signals: Signals,
  clock: Clock,
): Promise<{ adopted: boolean; why: string }> {
  const no = (why: string) => ({ adopted: false, why });
  const claim = attempt.known?.claim ?? attempt.claim;
  if (attempt.unreadable.includes("keeper.json") && attempt.known?.claim == null)
    return no("its claim cannot be read: its living processes would be stopped");
  if (claim === null)
    return no("no keeper has claimed it: it never ran and would be launched again");
  const sight = sightOfAttempt(attempt);
  if (sight === "restarted") return no("the machine has restarted since: it would be lost");
  if (sight === "ended") return no("its PID namespace has ended since: it would be lost");
  if (sight === "elsewhere") return await prospectsUnseen(attempt, signals, clock);
  const mine = keeperClaimOf(attempt);
  if (mine === null) return no("its claim is not what Holdfast asked for");
  if ((await livingKeeper(signals, attempt)) === null)
    return no("its keeper is gone: its living processes would be stopped, and the job lost");
  return (await answers(attempt, mine, signals, clock))
    ? { adopted: true, why: `its keeper, pid ${mine.keeper.pid}, answers` }
    : no(
        `its keeper, pid ${mine.keeper.pid}, lives and does not answer protocol ${keeperProtocol}: it would be left alone and tried again`,
      );
}

async function prospectsUnseen(
  attempt: AttemptOnDisk,
  signals: Signals,
  clock: Clock,
): Promise<{ adopted: boolean; why: string }> {
  const where = `it belongs to PID namespace ${namespaceOf(attempt)?.inode ?? "unknown"}, which cannot be seen from here`;
  const claim = claimOf(attempt);
  return claim !== null && (await answers(attempt, claim, signals, clock))
    ? { adopted: true, why: `${where}; its keeper answers` }
    : { adopted: false, why: `${where}, and its keeper does not answer: it would be left alone` };
}

async function answers(
  attempt: AttemptOnDisk,
  claim: KeeperClaim,
  signals: Signals,
  clock: Clock,
): Promise<boolean> {
  const silent = { onStatus: () => undefined, onEnded: () => undefined, onClose: () => undefined };
  const link = await KeeperLink.open(attempt.folder.path, claim.nonce, clock, silent, (reached) =>
    signals.isKeeper(reached, claim),
  );
  link?.close();
  return link !== null;
}
