import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ExitRecord, KeeperClaim } from "../../contract/keeper.ts";
import type { Evidence } from "../../engines/engine.ts";
import { recover } from "./recovery.ts";

const read = (name: string): unknown =>
  JSON.parse(
    readFileSync(new URL(`../../../native/keeper/examples/${name}`, import.meta.url), "utf8"),
  );
const claim = read("keeper.json") as KeeperClaim;
const exit = read("exit.json") as ExitRecord;

/** Every combination that records and kernel can show. */
function everyEvidence(): Evidence[] {
  const all: Evidence[] = [];
  const sights = ["here", "elsewhere", "ended", "restarted"] as const;
  for (const folder of [true, false])
    for (const claimedBefore of [true, false])
      for (const found of [null, claim, "void", "unreadable"] as const)
        for (const ended of [null, exit, "unreadable"] as const)
          for (const sight of sights)
            for (const keeperAlive of [true, false]) {
              const waiting = null;
              // The claim that the store has seen names the keeper, or else the claim that is found.
              if (keeperAlive && !(sight === "here" && (claimedBefore || found === claim)))
                continue;
              if (!folder && (found !== null || ended !== null)) continue;
              all.push({
                folder,
                claimedBefore,
                claim: found,
                exit: ended,
                sight,
                keeperAlive,
                waiting,
              });
            }
  return all;
}

function isOver({ sight }: Evidence): boolean {
  return sight === "ended" || sight === "restarted";
}

describe("what a starting server does about an unfinished attempt", () => {
  const all = everyEvidence().map((evidence) => ({ evidence, decision: recover(evidence) }));

  it("covers every combination", () => {
    expect(all.length).toBe(120);
  });

  it("accepts an exit record unless its keeper lives", () => {
    for (const { evidence, decision } of all) {
      const trusted = evidence.exit === exit && !evidence.keeperAlive;
      expect(decision.action === "conclude").toBe(trusted);
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
      // Either the claim is void, or there is none and the boot in which a keeper could have claimed is over.
      expect(evidence.claim === "void" || (evidence.claim === null && isOver(evidence))).toBe(true);
    }
  });

  it("waits for what its engine has accepted and not started, and neither voids nor sweeps it", () => {
    const waiting = { reason: "Priority", host: "node.example" };
    for (const { evidence } of all) {
      if (evidence.keeperAlive || evidence.exit === exit) continue;
      expect(recover({ ...evidence, waiting })).toEqual({ action: "wait" });
    }
  });

  it("voids before it runs again what a late keeper could still claim", () => {
    const voided = all.filter(({ decision }) => decision.action === "void");
    expect(voided.map(({ evidence }) => evidence)).toEqual([
      expect.objectContaining({ claim: null, exit: null, sight: "here", claimedBefore: false }),
    ]);
  });

  it("concludes nothing about processes that it cannot see without their keeper's record", () => {
    const unseen = all.filter(({ evidence }) => evidence.sight === "elsewhere");
    for (const { evidence, decision } of unseen)
      expect(decision.action).toBe(evidence.exit === exit ? "conclude" : "wait");
  });

  it("distinguishes the end of a PID namespace from a restart of the machine", () => {
    for (const { evidence, decision } of all) {
      if (decision.action !== "lost") continue;
      expect(decision.reason).toBe(
        evidence.sight === "ended" ? "namespace_ended" : "machine_restarted",
      );
    }
  });

  it("signals nothing for a record of another boot or of a namespace that has ended", () => {
    const old = all.filter(({ evidence }) => isOver(evidence));
    expect(new Set(old.map(({ decision }) => decision.action))).toEqual(
      new Set(["conclude", "requeue", "lost"]),
    );
  });

  it("samples for survivors of everything else", () => {
    for (const { evidence, decision } of all) {
      if (
        evidence.sight === "here" &&
        evidence.exit !== exit &&
        !evidence.keeperAlive &&
        evidence.claimedBefore
      ) {
        expect(decision).toEqual({ action: "sweep", reason: "keeper_lost" });
      }
    }
  });
});
