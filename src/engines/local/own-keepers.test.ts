import { expect, it } from "vitest";
import type { KeeperClaim } from "../../contract/keeper.ts";
import { bootId } from "../../processes/boot.ts";
import { ownPidNamespace } from "../../processes/pid-namespace.ts";
import { readStat } from "../../processes/proc-stat.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { OwnKeepers } from "./own-keepers.ts";

const identity = { pid: process.pid, start: readStat(process.pid)?.start ?? 0, inode: 0 };
const attempt = {
  id: "1b4e28ba-2fa1-4d3b-883f-0016d3cca427",
  bootId: bootId(),
  namespace: ownPidNamespace(),
  claim: null,
} as unknown as AttemptRow;

function keepersWith(claim: KeeperClaim | null): OwnKeepers {
  return new OwnKeepers({
    spawner: { keeperPidOf: () => process.pid },
    signals: { identify: async () => [identity] },
    readClaim: async () => claim,
  });
}

it("takes no process for a keeper that is not called one, whatever spawner and folder say", async () => {
  const keepers = keepersWith({ keeper: identity } as KeeperClaim);
  expect(await keepers.pidOf(attempt)).toBeNull();
  expect(await keepers.identityOf(attempt)).toBeNull();
  expect(await keepers.pidOf(attempt)).toBeNull();
});

it("goes by the recorded claim where there is one, and by its start time", async () => {
  const recorded = { ...attempt, claim: { keeper: identity } as KeeperClaim };
  const other = { ...attempt, claim: { keeper: { ...identity, start: 1 } } as KeeperClaim };
  const keepers = keepersWith(null);
  expect(await keepers.pidOf(recorded)).toBe(process.pid);
  expect(await keepers.identityOf(recorded)).toEqual(identity);
  expect(await keepers.pidOf(other)).toBeNull();
});
