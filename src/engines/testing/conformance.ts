import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sealHashOf } from "../../containment/seal.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { Engine, Evidence } from "../engine.ts";
import { type EngineStage, Heard, Launcher, nonce, seal } from "./stage.ts";

/** `waits`: how a test holds attempts back over there; null: the engine declares that it never does. */
export interface ConformingStage extends EngineStage {
  waits: null | {
    /** Why attempts that are launched from now on are accepted and not started. */
    because: string;
    hold(): void;
    start(attempt: AttemptRow): Promise<void>;
  };
}

/** What every engine does, whatever its attempts run on. */
export function describeEngine(
  what: string,
  { waits }: { waits: boolean },
  open: () => Promise<ConformingStage>,
): void {
  describe(`an engine: ${what}`, () => {
    let stage: ConformingStage;
    let engine: Engine;
    let launcher: Launcher;
    beforeEach(async () => {
      stage = await open();
      ({ engine } = stage);
      launcher = new Launcher(stage);
    });
    afterEach(() => stage.clear());

    async function observed(attempt: AttemptRow): Promise<Evidence> {
      const evidence = (await engine.observe([attempt])).get(attempt.id);
      if (evidence === undefined || evidence instanceof Error) throw evidence ?? new Error("none");
      return evidence;
    }

    it("has a name and a host for people", () => {
      expect(engine.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(engine.host).not.toBe("");
      expect(stage.waits !== null).toBe(waits);
    });

    it("knows nothing of an attempt that was never prepared, and stops nothing for it", async () => {
      const attempt = await launcher.row();
      expect(await observed(attempt)).toEqual({
        folder: false,
        claimedBefore: false,
        claim: null,
        exit: null,
        sight: "here",
        keeperAlive: false,
        waiting: null,
      });
      expect(await engine.readClaim(attempt)).toBeNull();
      expect(await engine.attach(attempt, new Heard())).toBeNull();
      await engine.stop(attempt);
      expect(await engine.prove(attempt)).toMatchObject({ exit: null });
      expect(await stage.starts(attempt)).toBe(0);
    });

    it("starts nothing for an attempt that is only prepared", async () => {
      const attempt = await launcher.prepared();
      expect(await observed(attempt)).toMatchObject({
        folder: true,
        claim: null,
        exit: null,
        keeperAlive: false,
        waiting: null,
      });
      expect(await engine.attach(attempt, new Heard())).toBeNull();
    });

    it("runs an attempt from ready to an exit record with its code and its seal", async () => {
      const { attempt, heard } = await launcher.running();
      expect(await observed(attempt)).toMatchObject({ keeperAlive: true, exit: null });
      expect(await engine.prove(attempt)).toMatchObject({ exit: null });
      await stage.endMain(attempt, 7);
      const exit = await heard.ended;
      expect(exit).toMatchObject({ reason: "exited", main: { code: 7, signal: null }, seal });
      await heard.closed;
      expect(await observed(attempt)).toMatchObject({ exit: { main: { code: 7 } } });
      const proof = await engine.prove(attempt);
      expect(proof).toMatchObject({ exit: { main: { code: 7 }, seal } });
      expect(proof.populated).not.toBe(true);
    });

    it("names the keeper of a running attempt in its claim", async () => {
      const { attempt } = await launcher.running();
      const claim = await engine.readClaim(attempt);
      expect(claim).toMatchObject({ attempt: attempt.id, nonce });
      expect(claim?.keeper.pid).toBeGreaterThan(0);
    });

    it("stops an attempt on request and keeps the first reason", async () => {
      const { attempt, heard, link } = await launcher.running();
      void link.stop("cancel", 60_000);
      void link.stop("shutdown", 0);
      await stage.endAsAsked(attempt);
      expect(await heard.ended).toMatchObject({ reason: "cancel" });
      await heard.closed;
      expect((await engine.prove(attempt)).populated).not.toBe(true);
    });

    it("lets another listener attach after the first has gone", async () => {
      const { attempt, link } = await launcher.running();
      link.close();
      const { heard } = await launcher.attached(attempt);
      expect(heard.statuses[0]).toMatchObject({ phase: "running", main: { alive: true } });
      await stage.endMain(attempt, 0);
      expect(await heard.ended).toMatchObject({ main: { code: 0 } });
    });

    it("never executes an attempt that was voided first", async () => {
      const attempt = await launcher.prepared();
      expect(await engine.void(attempt)).toBe(true);
      await launcher.contain(attempt);
      expect(await launcher.launch(attempt)).toEqual({ kind: "void" });
      expect(await observed(attempt)).toMatchObject({ claim: "void", keeperAlive: false });
      expect(await engine.readClaim(attempt)).toBeNull();
      expect(await stage.starts(attempt)).toBe(0);
    });

    it("does not void an attempt that a keeper has claimed", async () => {
      const { attempt } = await launcher.running();
      expect(await engine.void(attempt)).toBe(false);
      expect(await observed(attempt)).toMatchObject({ keeperAlive: true });
    });

    it("starts one ticket once, however often it is launched", async () => {
      const { attempt, heard } = await launcher.running();
      expect(await launcher.launch(attempt)).toEqual({ kind: "void" });
      expect(await observed(attempt)).toMatchObject({ keeperAlive: true });
      await stage.endMain(attempt, 0);
      expect(await heard.ended).toMatchObject({ main: { code: 0 } });
      await heard.closed;
      expect(await launcher.launch(attempt)).toEqual({ kind: "void" });
      expect(await observed(attempt)).toMatchObject({ exit: { main: { code: 0 } } });
      expect(await stage.starts(attempt)).toBe(1);
    });

    it("starts one ticket once when it is launched twice at one time", async () => {
      const attempt = await launcher.prepared();
      await launcher.contain(attempt);
      const answers = await Promise.all([launcher.launch(attempt), launcher.launch(attempt)]);
      // A second keeper may find that the first has not answered yet: the records settle that.
      for (const { kind } of answers) expect(["ready", "void", "unknown"]).toContain(kind);
      const { heard } = await launcher.attached(attempt);
      await stage.endMain(attempt, 0);
      expect(await heard.ended).toMatchObject({ main: { code: 0 } });
      expect(await stage.starts(attempt)).toBe(1);
    });

    it("observes many attempts in one call, known and unknown ones", async () => {
      const { attempt: live } = await launcher.running();
      const { attempt: ended, heard } = await launcher.running();
      await stage.endMain(ended, 3);
      await heard.closed;
      const [prepared, unknown] = [await launcher.prepared(), await launcher.row()];
      const all = [live, ended, prepared, unknown];
      const seen = await engine.observe(all);
      expect([...seen.keys()].toSorted()).toEqual(all.map(({ id }) => id).toSorted());
      expect(seen.get(live.id)).toMatchObject({ keeperAlive: true, exit: null });
      expect(seen.get(ended.id)).toMatchObject({ keeperAlive: false, exit: { main: { code: 3 } } });
      expect(seen.get(prepared.id)).toMatchObject({ folder: true, claim: null, exit: null });
      expect(seen.get(unknown.id)).toMatchObject({ folder: false, claim: null, exit: null });
      expect(await engine.observe([])).toEqual(new Map());
    });

    it("ignores an exit record with another seal", async () => {
      const { attempt, heard } = await launcher.running();
      await stage.endMain(attempt, 0);
      await heard.closed;
      const other = { ...attempt, sealHash: sealHashOf("another") };
      expect(await observed(other)).toMatchObject({ exit: "unreadable" });
      expect(await engine.prove(other)).toMatchObject({ exit: null });
    });

    it("knows nothing of an attempt that was discarded, once or twice", async () => {
      const { attempt, heard } = await launcher.running();
      await stage.endMain(attempt, 0);
      await heard.closed;
      await engine.discard(attempt);
      await engine.discard(attempt);
      expect(await observed(attempt)).toMatchObject({ folder: false, exit: null });
    });

    if (!waits) return;

    describe("that may hold attempts back", () => {
      async function waiting(): Promise<AttemptRow> {
        const attempt = await launcher.prepared();
        stage.waits?.hold();
        await launcher.contain(attempt);
        expect(await launcher.launch(attempt)).toMatchObject({
          kind: "waiting",
          waiting: { reason: stage.waits?.because },
        });
        return attempt;
      }

      it("says that it waits, why and where, and that nothing runs", async () => {
        const attempt = await waiting();
        const evidence = await observed(attempt);
        expect(evidence).toMatchObject({ claim: null, exit: null, keeperAlive: false });
        expect(evidence.waiting?.reason).toBe(stage.waits?.because);
        expect(evidence.waiting?.host).not.toBe("");
        expect(await engine.readClaim(attempt)).toBeNull();
        expect(await engine.attach(attempt, new Heard())).toBeNull();
        expect(await stage.starts(attempt)).toBe(0);
      });

      it("accepts one ticket once", async () => {
        const attempt = await waiting();
        expect(["void", "waiting"]).toContain((await launcher.launch(attempt)).kind);
        await stage.waits?.start(attempt);
        await launcher.attached(attempt);
        expect(await observed(attempt)).toMatchObject({ keeperAlive: true, waiting: null });
        expect(await stage.starts(attempt)).toBe(1);
      });

      it("takes back what waits when it is stopped, and can void it then", async () => {
        const attempt = await waiting();
        await engine.stop(attempt);
        expect(await observed(attempt)).toMatchObject({ claim: null, waiting: null });
        expect(await engine.void(attempt)).toBe(true);
        expect(await launcher.launch(attempt)).toEqual({ kind: "void" });
        expect(await stage.starts(attempt)).toBe(0);
      });
    });
  });
}
