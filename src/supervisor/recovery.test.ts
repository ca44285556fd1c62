import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ExitRecord, KeeperClaim } from "../contract/keeper.ts";
import type { Evidence } from "../engines/engine.ts";
import { recover } from "./recovery.ts";

const read = (name: string): unknown =>
  JSON.parse(
    readFileSync(new URL(`../../native/keeper/examples/${name}`, import.meta.url), "utf8"),
  );
const claim = read("keeper.json") as KeeperClaim;
const exit = read("exit.json") as ExitRecord;

/** Every combination that records and kernel can show. */
function everyEvidence(): Evidence[] {
  const all: Evidence[] = [];
  for (const folder of [true, false])
    for (const claimedBefore of [true, false])
      for (const found of [null, claim, "void", "unreadable"] as const)
        for (const ended of [null, exit, "unreadable"] as const)
          for (const sameBoot of [true, false])
            for (const keeperAlive of [true, false]) {
              // The claim that the store has seen names the keeper, or else the one that is found.
              if (keeperAlive && !(sameBoot && (claimedBefore || found === claim))) continue;
              if (!folder && (found !== null || ended !== null)) continue;
              all.push({ folder, claimedBefore, claim: found, exit: ended, sameBoot, keeperAlive });
            }
  return all;
}

describe("what a starting server does about an unfinished attempt", () => {
  const all = everyEvidence().map((evidence) => ({ evidence, decision: recover(evidence) }));

  it("has looked at every combination", () => {
    expect(all.length).toBe(68);
  });

  it("believes an exit record unless its keeper lives", () => {
    for (const { evidence, decision } of all) {
      const believed = evidence.exit === exit && !evidence.keeperAlive;
      expect(decision.action === "conclude").toBe(believed);
    }
  });

  it("follows a living keeper, and never sweeps under it", () => {
    const alive = all.filter(({ evidence }) => evidence.keeperAlive);
    expect(new Set(alive.map(({ decision }) => decision.action))).toEqual(new Set(["adopt"]));
  });

  it("runs again only what is proven never to have executed", () => {
    for (const { evidence, decision } of all) {
      if (decision.action !== "requeue") continue;
      expect(evidence).toMatchObject({ folder: true, claimedBefore: false, exit: null });
      // Either the claim is void, or nobody claimed and the boot in which somebody could have is over.
      expect(evidence.claim === "void" || (evidence.claim === null && !evidence.sameBoot)).toBe(
        true,
      );
    }
  });

  it("voids before it runs again what a late keeper could still claim", () => {
    const voided = all.filter(({ decision }) => decision.action === "void");
    expect(voided.map(({ evidence }) => evidence)).toEqual([
      expect.objectContaining({ claim: null, exit: null, sameBoot: true, claimedBefore: false }),
    ]);
  });

  it("signals nothing for a record of another boot", () => {
    const old = all.filter(({ evidence }) => !evidence.sameBoot);
    expect(new Set(old.map(({ decision }) => decision.action))).toEqual(
      new Set(["conclude", "requeue", "lost"]),
    );
  });

  it("looks for survivors of everything else", () => {
    for (const { evidence, decision } of all) {
      if (
        evidence.sameBoot &&
        evidence.exit !== exit &&
        !evidence.keeperAlive &&
        evidence.claimedBefore
      ) {
        expect(decision).toEqual({ action: "sweep", reason: "keeper_lost" });
      }
    }
  });
});
