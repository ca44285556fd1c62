import type { Config } from "../config/config.ts";
import { KeeperLink } from "../containment/keeper-link.ts";
import { Signals } from "../containment/signals.ts";
import { RefusalError } from "../contract/problems.ts";
import {
  attemptsOnDisk,
  claimOf,
  namespaceOf,
  sightOfAttempt,
} from "../recovery/attempt-on-disk.ts";
import { processInNamespace } from "../processes/pid-namespace.ts";
import { Peek } from "../store/peek.ts";
import type { Clock } from "../system/clock.ts";
import { openStore } from "./own-store.ts";
import { withoutServer } from "./without-server.ts";

export interface DeclaredEnded {
  namespace: number;
  jobs: number[];
}

/**
 * A person's declaration that a PID namespace has ended, such as that of a replaced container: otherwise
 * attempts that cannot be seen from here wait indefinitely. It is recorded as a declaration, never as an
 * observation. Refused while anything shows that the namespace lives.
 */
export function declareEnded(
  config: Config,
  inode: number,
  { clock, keeperProgram }: { clock: Clock; keeperProgram: string },
): Promise<DeclaredEnded> {
  const { paths } = config;
  return withoutServer(paths, async () => {
    const pid = processInNamespace(inode);
    if (pid !== null) throw alive(inode, `process ${pid} is in it`);
    const peek = new Peek(paths.database);
    const open = new Set(peek.open());
    const attempts = (await attemptsOnDisk(paths.attemptsDir, peek, (id) => open.has(id))).filter(
      (one) => namespaceOf(one)?.inode === inode && sightOfAttempt(one) === "elsewhere",
    );
    peek.close();
    const signals = new Signals(keeperProgram);
    for (const attempt of attempts) {
      const claim = claimOf(attempt);
      if (claim === null) continue;
      const silent = { onStatus() {}, onEnded() {}, onClose() {} };
      const link = await KeeperLink.open(
        attempt.folder.path,
        claim.nonce,
        clock,
        silent,
        (reached) => signals.isKeeper(reached, claim),
      );
      link?.close();
      if (link !== null) throw alive(inode, `the keeper of attempt ${attempt.id} answers`);
    }
    if (attempts.length === 0)
      throw new RefusalError({
        code: "namespace_not_declared",
        details: {
          namespace: inode,
          what: "no attempt of this state folder that has not ended waits for it",
          next: "holdfast server status names the namespaces that are waited for",
        },
      });
    const store = openStore(config, clock);
    try {
      const by = { uid: process.getuid?.() ?? 0, atMs: clock.nowMs() };
      store.attempts.declareEnded(
        attempts.map(({ id }) => id),
        by,
      );
      return { namespace: inode, jobs: attempts.flatMap(({ known }) => known?.job ?? []) };
    } finally {
      store.close();
    }
  });
}

function alive(namespace: number, what: string): RefusalError {
  return new RefusalError({
    code: "namespace_not_declared",
    details: {
      namespace,
      what,
      next: "a server in that namespace, or on the machine, ends its jobs",
    },
  });
}
