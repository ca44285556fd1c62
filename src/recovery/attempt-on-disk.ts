import { existsSync, readdirSync } from "node:fs";
import { AttemptFolder, UnreadableRecord } from "../containment/attempt-folder.ts";
import type {
  ExitRecord,
  IntentRecord,
  KeeperClaim,
  PidNamespace,
  VoidClaim,
} from "../contract/keeper.ts";
import { type Sight, sightOf } from "../processes/pid-namespace.ts";
import type { Peek, PeekedAttempt } from "../store/peek.ts";

/** An attempt by its folder and, if readable, the database: nothing here needs a server. */
export interface AttemptOnDisk {
  id: string;
  folder: AttemptFolder;
  intent: IntentRecord | null;
  claim: KeeperClaim | VoidClaim | null;
  exit: ExitRecord | null;
  /** Records that exist and are not trusted. */
  unreadable: string[];
  /** What the payload cannot have written, unlike all of the above. Null: the database does not know the attempt. */
  known: PeekedAttempt | null;
}

/**
 * Every attempt folder, and every attempt that the database calls unfinished, in the order of the
 * jobs; attempts whose job is unknown come last. `peek` null: from the folders alone. `wanted`: which to read.
 */
export async function attemptsOnDisk(
  attemptsDir: string,
  peek: Peek | null,
  wanted: (id: string) => boolean = () => true,
): Promise<AttemptOnDisk[]> {
  const names = existsSync(attemptsDir) ? readdirSync(attemptsDir) : [];
  const ids = new Set([
    ...names.filter((name) => /^[0-9a-f-]{36}$/.test(name)),
    ...(peek?.open() ?? []),
  ]);
  const found = await Promise.all(
    [...ids].filter(wanted).map((id) => readAttempt(attemptsDir, id, peek?.attempt(id) ?? null)),
  );
  const order = (attempt: AttemptOnDisk) => jobOf(attempt) ?? Infinity;
  const number = ({ intent }: AttemptOnDisk) => intent?.number ?? 0;
  return found.toSorted((a, b) => order(a) - order(b) || number(a) - number(b));
}

export function jobOf({ known, intent }: AttemptOnDisk): number | null {
  return known?.job ?? intent?.job ?? null;
}

async function readAttempt(
  attemptsDir: string,
  id: string,
  known: PeekedAttempt | null,
): Promise<AttemptOnDisk> {
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
    known,
  };
}

/**
 * Whether an attempt's pids can be judged here. The database takes precedence: the payload can write
 * the other records.
 */
export function sightOfAttempt(attempt: AttemptOnDisk): Sight {
  const { claim, intent, known } = attempt;
  const ranIn = known?.claim?.boot_id ?? claim?.boot_id ?? intent?.boot_id;
  return ranIn === undefined ? "here" : sightOf({ bootId: ranIn, namespace: namespaceOf(attempt) });
}

export function namespaceOf({ claim, intent, known }: AttemptOnDisk): PidNamespace | null {
  const recorded = known?.namespace ?? intent?.pid_namespace;
  if (recorded !== null && recorded !== undefined) return recorded;
  const number = claim !== null && "nonce" in claim ? claim.pid_namespace : null;
  return typeof number === "number" ? { inode: number, init: null, offset: null } : null;
}

/** The claim of a keeper whose pids can be judged here; null if none claimed, the claim is void or the machine restarted. */
export function keeperClaimOf(attempt: AttemptOnDisk): KeeperClaim | null {
  return sightOfAttempt(attempt) === "here" ? claimOf(attempt) : null;
}

/** The same, whichever namespace its pids belong to. */
export function claimOf({ claim, intent, known }: AttemptOnDisk): KeeperClaim | null {
  // A claim that was recorded while the keeper answered takes precedence over the claim in the folder.
  const found = known?.claim ?? claim;
  if (found === null || "void" in found) return null;
  // A claim with another nonce than the intent's was not asked for by Holdfast.
  const asked = found === known?.claim || intent === null || found.nonce === intent.nonce;
  return asked ? found : null;
}
