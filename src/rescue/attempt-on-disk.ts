import { existsSync, readdirSync } from "node:fs";
import { AttemptFolder, UnreadableRecord } from "../containment/attempt-folder.ts";
import type { Signals } from "../containment/signals.ts";
import type { ExitRecord, IntentRecord, KeeperClaim, VoidClaim } from "../contract/keeper.ts";
import { bootId } from "../processes/boot.ts";

/** An attempt as its folder alone tells of it: nothing here needs a server or its database. */
export interface AttemptOnDisk {
  id: string;
  folder: AttemptFolder;
  intent: IntentRecord | null;
  claim: KeeperClaim | VoidClaim | null;
  exit: ExitRecord | null;
  /** Records that are there and cannot be believed. */
  unreadable: string[];
}

/** Every attempt folder, in the order of the jobs; those without an intent last. */
export async function attemptsOnDisk(attemptsDir: string): Promise<AttemptOnDisk[]> {
  if (!existsSync(attemptsDir)) return [];
  const names = readdirSync(attemptsDir).filter((name) => /^[0-9a-f-]{36}$/.test(name));
  const found = await Promise.all(names.map((name) => readAttempt(attemptsDir, name)));
  const order = ({ intent }: AttemptOnDisk) => intent?.job ?? Infinity;
  const number = ({ intent }: AttemptOnDisk) => intent?.number ?? 0;
  return found.toSorted((a, b) => order(a) - order(b) || number(a) - number(b));
}

async function readAttempt(attemptsDir: string, id: string): Promise<AttemptOnDisk> {
  const folder = new AttemptFolder(attemptsDir, id);
  const unreadable: string[] = [];
  const read = async <T>(name: string, reading: Promise<T>): Promise<T | null> => {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
      unreadable.push(name);
      return null;
    }
  };
  return {
    id,
    folder,
    intent: await read("intent.json", folder.readIntent()),
    claim: await read("keeper.json", folder.readClaim()),
    exit: await read("exit.json", folder.readExit()),
    unreadable,
  };
}

/** The claim of a keeper of this boot; null where nobody claimed, the claim is void or the machine restarted. */
export function keeperClaimOf({ claim, intent }: AttemptOnDisk): KeeperClaim | null {
  if (claim === null || "void" in claim || claim.boot_id !== bootId()) return null;
  // A claim with another nonce than the intent's was not asked for by Holdfast.
  return intent === null || claim.nonce === intent.nonce ? claim : null;
}

export async function lives(
  signals: Signals,
  identity: { pid: number; start: number; inode: number },
): Promise<boolean> {
  // Most keepers that are asked for have ended: no program has to be started to learn that.
  if (!existsSync(`/proc/${identity.pid}`)) return false;
  const [answer] = await signals.send(bootId(), [identity], 0);
  return answer === "sent" || answer === "denied";
}
