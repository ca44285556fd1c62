import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Job } from "../../src/client/client.ts";
import type { Adoptable, StoppedAttempt } from "../../src/contract/rescue.ts";
import { fixturesFolder, listHeld } from "../fixtures/witness.ts";
import { documents, holdfast } from "../rescue-program.ts";
import { tiersHere, tierSettings } from "./expected.ts";
import { FailingKeeper, spawnerOf, stalledKeeper } from "./failing-keeper.ts";
import {
  killLive,
  liveProcess,
  signalLive,
  until,
  untilAnswered,
  type LiveProcess,
} from "./live-process.ts";
import { untilTerminal } from "./observation.ts";
import { PrivateServer } from "./private-server.ts";
import { Stage } from "./stage.ts";

/** Before and after its answer to the launch: in neither case does the store have its claim. */
const unheard = ["gate_opened", "answered"];

const tracesParent = [
  "/bin/sh",
  "-c",
  `'${join(fixturesFolder, "05-tracer")}' $PPID & exec sleep 1000`,
];

/** Resolves with the process that traces another. */
async function tracerOf({ pid }: LiveProcess): Promise<LiveProcess> {
  let tracer = 0;
  await until(() => {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    tracer = Number(/^TracerPid:\t(\d+)$/m.exec(status)?.[1] ?? 0);
    return tracer !== 0;
  });
  return liveProcess(tracer);
}

describe.each(tiersHere)(
  "a keeper that stands still before the server has heard it, on the tier %s",
  (tier) => {
    let server: PrivateServer;
    let stage: Stage;
    let keeper: FailingKeeper;
    let stalled: LiveProcess | null;

    beforeEach(async () => {
      server = new PrivateServer({ cgroup: tierSettings[tier] });
      keeper = new FailingKeeper(server.folder);
      stage = await Stage.set(server);
      stalled = null;
    });
    afterEach(async () => {
      if (stalled !== null) signalLive(stalled, "CONT");
      await server.end();
      await stage.clear();
    });

    const start = (plan = "") => {
      keeper.plan(plan);
      return server.start({ HOLDFAST_KEEPER: keeper.program });
    };
    async function standStill(
      point: string,
      command: readonly string[] = [join(fixturesFolder, "25-ordinary-tree")],
    ): Promise<{ id: number; keeper: LiveProcess }> {
      await start(`${point}:stall`);
      const id = await stage.submit(command);
      stalled = await stalledKeeper(await spawnerOf(server.pid));
      return { id, keeper: stalled };
    }
    async function shown(id: number, wanted: (job: Job) => boolean): Promise<Job> {
      let job = await server.client.show(id);
      await untilAnswered(
        async () => wanted((job = await server.client.show(id))),
        () => JSON.stringify(job),
      );
      return job;
    }
    const expectNothingLives = async () => expect(await listHeld(stage.witnessDir)).toEqual([]);

    test.each(unheard)("at %s: cancel ends a job whose keeper is stopped", async (point) => {
      const { id } = await standStill(point);
      expect(await holdfast(server, "cancel", String(id))).toMatchObject({ code: 0 });
      expect(await server.client.show(id)).toMatchObject({ state: "cancelled" });
      await expectNothingLives();
    });

    test("kill ends it under the next server as well", async () => {
      const { id } = await standStill("gate_opened");
      await server.kill();
      await start();
      expect(await holdfast(server, "kill", String(id))).toMatchObject({ code: 0 });
      expect(await server.client.show(id)).toMatchObject({ state: "cancelled" });
      await expectNothingLives();
    });

    test("show and cancel name the keeper and what traces it; the stop follows as soon as that ends", async () => {
      const { id, keeper: traced } = await standStill("gate_opened", tracesParent);
      const tracer = await tracerOf(traced);
      const why = `its keeper (pid ${traced.pid}) is traced by 05-tracer (pid ${tracer.pid}) and does not run`;
      const job = await shown(id, ({ message }) => message !== null);
      expect(job).toMatchObject({ state: "starting", attempt: { keeperPid: traced.pid } });
      expect(job.message).toContain(why);
      expect(await holdfast(server, "cancel", "--wait", "1s", String(id))).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(why),
      });
      const over = untilTerminal(server.connection, id);
      await killLive(tracer);
      expect(await over).toBe("cancelled");
    });

    test("the next server names them too, and restart --check says that the keeper does not answer", async () => {
      const { id, keeper: traced } = await standStill("gate_opened", tracesParent);
      const tracer = await tracerOf(traced);
      await server.kill();
      const { stdout } = await holdfast(server, "server", "restart", "--check", "--json");
      expect(documents<Adoptable>(stdout)).toMatchObject([
        {
          adopted: false,
          why: expect.stringContaining(`pid ${traced.pid}, lives and does not answer`),
        },
      ]);
      await start();
      const job = await shown(
        id,
        ({ message, attempt }) =>
          message?.includes("is traced by") === true && attempt?.keeperPid !== null,
      );
      expect(job.attempt?.keeperPid).toBe(traced.pid);
      expect(job.message).toContain(`(pid ${tracer.pid})`);
      const over = untilTerminal(server.connection, id);
      await server.client.kill(id);
      await killLive(tracer);
      expect(await over).toBe("cancelled");
    });

    test("emergency-stop ends a job that traces its keeper", async () => {
      const { id, keeper: traced } = await standStill("gate_opened", tracesParent);
      await tracerOf(traced);
      await server.kill();
      const { code, stdout } = await holdfast(server, "emergency-stop", "--all", "--json");
      expect(documents<StoppedAttempt>(stdout)).toMatchObject([
        { job: id, did: "stopped without its keeper", left: [] },
      ]);
      expect(code).toBe(0);
      await expectNothingLives();
      await start();
      expect(await untilTerminal(server.connection, id)).toBe("lost");
    });
  },
);
