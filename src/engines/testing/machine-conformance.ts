import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AttemptRow } from "../../store/rows.ts";
import { pause, realClock } from "../../system/clock.ts";
import type { Engine } from "../engine.ts";
import type { Machine } from "../machine.ts";
import { type EngineStage, Launcher, nonce } from "./stage.ts";

export interface MachineStage extends EngineStage<Engine & { machine: Machine }> {
  /** Kills the keeper of a running attempt. The machine ends what the keeper leaves, sooner or later. */
  killKeeper(attempt: AttemptRow): Promise<void>;
}

/** What an engine whose attempts run on this machine does in addition. */
export function describeMachine(what: string, open: () => Promise<MachineStage>): void {
  describe(`a machine: ${what}`, () => {
    let stage: MachineStage;
    let machine: Machine;
    let launcher: Launcher;
    beforeEach(async () => {
      stage = await open();
      ({ machine } = stage.engine);
      launcher = new Launcher(stage);
    });
    afterEach(() => stage.clear());

    it("recalls a prepared attempt from its own record, until it is discarded", async () => {
      const attempt = await launcher.prepared();
      const { id, job, number, engine } = attempt;
      const known = { id, job, number, engine, nonce, claim: null };
      expect(await machine.records.recall(id)).toMatchObject(known);
      await stage.engine.discard(attempt);
      expect(await machine.records.recall(id)).toBeNull();
    });

    it("finds nothing of an attempt that has ended", async () => {
      const { attempt, heard } = await launcher.running();
      await stage.endMain(attempt, 0);
      await heard.closed;
      expect(await machine.processes.search(attempt, [])).toEqual([]);
      expect(await machine.processes.list(attempt)).toEqual([]);
    });

    it("finds nothing of an attempt that was voided", async () => {
      const attempt = await launcher.prepared();
      await stage.engine.void(attempt);
      await launcher.contain(attempt);
      await launcher.launch(attempt);
      expect(await machine.processes.search(attempt, [])).toEqual([]);
    });

    it("names the keeper of a running attempt, which nothing holds up", async () => {
      const { attempt } = await launcher.running();
      const claim = await stage.engine.readClaim(attempt);
      const recorded = { ...attempt, claim };
      expect(await machine.keepers.pidOf(recorded)).toBe(claim?.keeper.pid);
      expect(await machine.keepers.heldUp(recorded)).toBeNull();
    });

    it("closes the connection when a keeper is killed, and sweeps until nothing is left", async () => {
      const { attempt, heard } = await launcher.running();
      const claim = await stage.engine.readClaim(attempt);
      await stage.killKeeper(attempt);
      await heard.closed;
      const lost = { ...attempt, claim };
      const seen = await stage.engine.observe([lost]);
      expect(seen.get(lost.id)).toMatchObject({ keeperAlive: false, exit: null });
      let round = await machine.sweeping.sweep(lost);
      while (round.left.length > 0 || round.proven === false) {
        // The machine reports between two turns of the event loop.
        await pause(realClock, 1);
        round = await machine.sweeping.sweep(lost);
      }
      expect(await machine.processes.search(lost, [])).toEqual([]);
      expect((await stage.engine.prove(lost)).populated).not.toBe(true);
    });

    it("signals nothing for an attempt of another boot", async () => {
      const { attempt } = await launcher.running();
      const before = { ...attempt, bootId: "another-boot" };
      expect(await machine.namespaces.sightOf(before)).toBe("restarted");
      expect(await machine.sweeping.sweep(before)).toMatchObject({ left: [] });
      expect(await machine.processes.search(before, [])).toEqual([]);
      const seen = await stage.engine.observe([attempt]);
      expect(seen.get(attempt.id)).toMatchObject({ keeperAlive: true });
    });
  });
}
