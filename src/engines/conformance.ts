import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KeeperListener } from "../containment/keeper-link.ts";
import type { ExitRecord, KeeperStatus } from "../contract/keeper.ts";
import { jobRequest } from "../contract/job-request.ts";
import { sealHashOf } from "../containment/seal.ts";
import type { JobSpec } from "../job/spec.ts";
import type { AttemptRow } from "../store/rows.ts";
import { pause, realClock } from "../system/clock.ts";
import type { Engine, Link } from "./engine.ts";

/** An engine, and what a test does to its attempts from outside. */
export interface EngineStage {
  engine: Engine;
  bootId: string;
  /** A command that runs until `endMain` ends it with that code. Ends at SIGTERM. */
  command(attempt: AttemptRow): string[];
  endMain(attempt: AttemptRow, code: number): Promise<void>;
  /** Ends the payload as the keeper asks; on a real machine that needs no help. */
  endAsAsked(attempt: AttemptRow): Promise<void>;
  /** Kills the keeper of a running attempt. The machine ends what the keeper leaves, sooner or later. */
  killKeeper(attempt: AttemptRow): Promise<void>;
  /** Ends whatever the test has left. */
  clear(): Promise<void>;
}

const seal = "0123456789abcdef0123456789abcdef";
const nonce = "fedcba9876543210fedcba9876543210";

/** What every engine does, whatever its attempts run on. */
export function describeEngine(what: string, open: () => Promise<EngineStage>): void {
  describe(`an engine: ${what}`, () => {
    let stage: EngineStage;
    let engine: Engine;
    beforeEach(async () => {
      stage = await open();
      ({ engine } = stage);
    });
    afterEach(() => stage.clear());

    it("knows nothing of an attempt that was never prepared", async () => {
      const attempt = rowOf(stage);
      expect(await engine.inspect(attempt)).toEqual({
        folder: false,
        claimedBefore: false,
        claim: null,
        exit: null,
        sight: "here",
        keeperAlive: false,
      });
      expect(await engine.recall(attempt.id)).toBeNull();
      expect(await engine.readClaim(attempt)).toBeNull();
      expect(await engine.attach(attempt, new Heard())).toBeNull();
    });

    it("recalls a prepared attempt from its own record, and starts nothing for it", async () => {
      const attempt = rowOf(stage);
      await prepared(attempt);
      expect(await engine.recall(attempt.id)).toMatchObject({
        id: attempt.id,
        job: attempt.job,
        number: attempt.number,
        nonce,
        claim: null,
      });
      expect(await engine.inspect(attempt)).toMatchObject({
        folder: true,
        claim: null,
        exit: null,
        keeperAlive: false,
      });
      expect(await engine.attach(attempt, new Heard())).toBeNull();
    });

    it("runs an attempt from ready to an exit record with its code and its seal", async () => {
      const { attempt, heard } = await running();
      expect(await engine.inspect(attempt)).toMatchObject({ keeperAlive: true, exit: null });
      await stage.endMain(attempt, 7);
      const exit = await heard.ended;
      expect(exit).toMatchObject({ reason: "exited", main: { code: 7, signal: null }, seal });
      await heard.closed;
      expect(await engine.inspect(attempt)).toMatchObject({ exit: { main: { code: 7 } } });
    });

    it("names the keeper of a running attempt in its claim", async () => {
      const { attempt } = await running();
      const claim = await engine.readClaim(attempt);
      expect(claim).toMatchObject({ attempt: attempt.id, nonce });
      expect(claim?.keeper.pid).toBeGreaterThan(0);
    });

    it("stops an attempt on request and keeps the first reason", async () => {
      const { attempt, heard, link } = await running();
      void link.stop("cancel", 60_000);
      void link.stop("shutdown", 0);
      await stage.endAsAsked(attempt);
      expect(await heard.ended).toMatchObject({ reason: "cancel" });
      await heard.closed;
      expect(engine.search(attempt, [])).toEqual([]);
    });

    it("lets another listener attach after the first has gone", async () => {
      const { attempt, link } = await running();
      link.close();
      const heard = new Heard();
      expect(await engine.attach(attempt, heard)).not.toBeNull();
      expect(heard.statuses[0]).toMatchObject({ phase: "running", main: { alive: true } });
      await stage.endMain(attempt, 0);
      expect(await heard.ended).toMatchObject({ main: { code: 0 } });
    });

    it("never executes an attempt that was voided first", async () => {
      const attempt = rowOf(stage);
      await prepared(attempt);
      expect(await engine.void(attempt)).toBe(true);
      await engine.contain(attempt, specOf(attempt));
      expect(await launch(attempt)).toEqual({ kind: "void" });
      expect(await engine.inspect(attempt)).toMatchObject({ claim: "void", keeperAlive: false });
      expect(await engine.readClaim(attempt)).toBeNull();
      expect(engine.search(attempt, [])).toEqual([]);
    });

    it("does not void an attempt that a keeper has claimed", async () => {
      const { attempt } = await running();
      expect(await engine.void(attempt)).toBe(false);
      expect(await engine.inspect(attempt)).toMatchObject({ keeperAlive: true });
    });

    it("executes an attempt once, however often it is launched", async () => {
      const { attempt, heard } = await running();
      expect(await launch(attempt)).toEqual({ kind: "void" });
      expect(await engine.inspect(attempt)).toMatchObject({ keeperAlive: true });
      await stage.endMain(attempt, 0);
      expect(await heard.ended).toMatchObject({ main: { code: 0 } });
    });

    it("ignores an exit record with another seal", async () => {
      const { attempt, heard } = await running();
      await stage.endMain(attempt, 0);
      await heard.closed;
      const other = { ...attempt, sealHash: sealHashOf("another") };
      expect(await engine.inspect(other)).toMatchObject({ exit: "unreadable" });
    });

    it("closes the connection when a keeper is killed, and sweeps until nothing is left", async () => {
      const { attempt, heard } = await running();
      const claim = await engine.readClaim(attempt);
      await stage.killKeeper(attempt);
      await heard.closed;
      const lost = { ...attempt, claim };
      expect(await engine.inspect(lost)).toMatchObject({ keeperAlive: false, exit: null });
      let round = await engine.sweep(lost);
      while (round.left.length > 0 || round.proven === false) {
        // The machine reports between two turns of the event loop.
        await pause(realClock, 1);
        round = await engine.sweep(lost);
      }
      expect(engine.search(lost, [])).toEqual([]);
      expect(engine.isPopulated(lost)).not.toBe(true);
    });

    it("signals nothing for an attempt of another boot", async () => {
      const { attempt } = await running();
      const before = { ...attempt, bootId: "another-boot" };
      expect(await engine.sweep(before)).toMatchObject({ left: [] });
      expect(engine.search(before, [])).toEqual([]);
      expect(await engine.inspect(attempt)).toMatchObject({ keeperAlive: true });
    });

    it("knows nothing of an attempt that was discarded", async () => {
      const { attempt, heard } = await running();
      await stage.endMain(attempt, 0);
      await heard.closed;
      await engine.discard(attempt);
      expect(await engine.inspect(attempt)).toMatchObject({ folder: false, exit: null });
      expect(await engine.recall(attempt.id)).toBeNull();
    });

    async function prepared(attempt: AttemptRow): Promise<void> {
      const { env, ...rest } = specOf(attempt);
      await engine.prepare(attempt, { ...rest, envNames: Object.keys(env) });
      await engine.flush(attempt);
    }

    function specOf(attempt: AttemptRow): JobSpec {
      const { name, ...request } = jobRequest.parse({ command: stage.command(attempt), cwd: "/" });
      return {
        ...request,
        name: name ?? null,
        env: { PATH: "/usr/bin:/bin" },
        limitMs: null,
        graceMs: 10_000,
        stopScope: "all",
        leaseMs: null,
        outputQuotaBytes: null,
        rlimits: {},
      };
    }

    async function launch(attempt: AttemptRow) {
      return await engine.launch(attempt, specOf(attempt), seal);
    }

    async function running(): Promise<{ attempt: AttemptRow; heard: Heard; link: Link }> {
      await engine.ready();
      const attempt = rowOf(stage);
      await prepared(attempt);
      await engine.contain(attempt, specOf(attempt));
      expect(await launch(attempt)).toMatchObject({ kind: "ready" });
      const heard = new Heard();
      const link = await engine.attach(attempt, heard);
      if (link === null) throw new Error("no keeper answers for a running attempt");
      return { attempt, heard, link };
    }
  });
}

/** What a keeper reported, as promises. */
class Heard implements KeeperListener {
  readonly statuses: KeeperStatus[] = [];
  readonly #ended = Promise.withResolvers<ExitRecord>();
  readonly #closed = Promise.withResolvers<void>();

  get ended(): Promise<ExitRecord> {
    return this.#ended.promise;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  onStatus(status: KeeperStatus): void {
    this.statuses.push(status);
  }

  onEnded({ exit }: { exit: ExitRecord }): void {
    this.#ended.resolve(exit);
  }

  onClose(): void {
    this.#closed.resolve();
  }
}

function rowOf({ engine, bootId }: EngineStage): AttemptRow {
  const id = crypto.randomUUID();
  return {
    id,
    job: 1,
    number: 1,
    nonce,
    sealHash: sealHashOf(seal),
    distrusted: false,
    bootId,
    namespace: null,
    tier: engine.tier,
    cgroup: engine.groupFor(id),
    cgroupAlso: [],
    limits: [],
    gpuUuids: [],
    createdAtMs: 1_790_000_000_000,
    claim: null,
    startedAtMs: null,
    endedAtMs: null,
  };
}
