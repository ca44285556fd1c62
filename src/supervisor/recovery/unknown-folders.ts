import { opendir } from "node:fs/promises";
import type { Store } from "../../store/store.ts";

const namesAtOnce = 200;

export function isAttemptName(name: string): boolean {
  return /^[0-9a-f-]{36}$/.test(name);
}

/** Names of attempts' folders that the store does not know. There may be a million: other requests are handled in between. */
export async function unknownIn(
  store: { attempts: Pick<Store["attempts"], "unknownAmong"> },
  attemptsDir: string,
): Promise<string[]> {
  const unknown: string[] = [];
  let names: string[] = [];
  const ask = () => {
    unknown.push(...store.attempts.unknownAmong(names));
    names = [];
  };
  for await (const { name } of await opendir(attemptsDir, { bufferSize: namesAtOnce })) {
    if (isAttemptName(name)) names.push(name);
    if (names.length === namesAtOnce) ask();
  }
  ask();
  return unknown;
}
