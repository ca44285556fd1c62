import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { endFixture, startFixture } from "../fixtures/start-fixture.ts";
import { fixturesFolder, listHeld, makeWitnessDir } from "../fixtures/witness.ts";
import { expectedOf, isRoot, tiersHere, tierSettings } from "./expected.ts";
import { untilStopping } from "./observation.ts";
import { makeGroup, mayMakeGroups, v2Mount } from "./own-groups.ts";
import { PrivateServer } from "./private-server.ts";
import { Stage } from "./stage.ts";
import { verdictOf } from "./verdict.ts";

const memory = "/sys/fs/cgroup/memory";
const hasMemoryLimits = isRoot && existsSync(memory);

/** Cases that need something beside the job: another job, a full disk, a memory limit. */
describe.each(tiersHere)("on the tier %s", (tier) => {
  let server: PrivateServer;
  let stage: Stage;
  const cleanUp: (() => unknown)[] = [];
  /** A server whose disk is full cannot end its jobs. */
  let makeRoom: (() => void) | null = null;

  async function begin(under?: string): Promise<void> {
    server = await PrivateServer.start({
      cgroup: tierSettings[tier],
      ...(under === undefined ? {} : { under }),
    });
    stage = await Stage.set(server);
  }
  beforeEach(() => {
    cleanUp.length = 0;
  });
  afterEach(async () => {
    makeRoom?.();
    makeRoom = null;
    await server.end();
    await stage.clear();
    for (const step of cleanUp.toReversed()) await step();
  });

  /** Replaces the other job's group where jobs have none. */
  function groupWithoutJob(): string {
    const group = makeGroup("hf-other-");
    cleanUp.push(() => rmdirSync(group));
    return group;
  }

  test.runIf(mayMakeGroups)(
    "case 19: a child in another job's cgroup ends, the other job continues",
    async () => {
      await begin();
      const other = await Stage.set(server);
      const neighbour = await other.play("25-ordinary-tree");
      const group = tier === "cgroup" ? await groupOf(server, neighbour.id) : groupWithoutJob();
      const { id } = await stage.play("19-moves-cgroup", [group]);
      const ending = await stage.cancel(id);
      expect(verdictOf(ending, await stage.receipt(id))).toBe(expectedOf("19", tier));
      expect((await server.client.show(neighbour.id)).state).toBe("running");
      const last = await other.cancel(neighbour.id);
      expect(verdictOf(last, await other.receipt(neighbour.id))).toBe("proven");
      expect(await stage.bystanders.missing()).toEqual([]);
      await other.clear();
    },
  );

  test("case 23: an outside process that has the attempt's cookie is named, and lives", async () => {
    await begin();
    const { id, attempt } = await stage.play("25-ordinary-tree");
    const elsewhere = await makeWitnessDir();
    const carrier = await startFixture("bystander", [], {
      witnessDir: elsewhere,
      env: { HOLDFAST_ATTEMPT: attempt },
    });
    cleanUp.push(async () => {
      await endFixture(carrier);
      rmSync(elsewhere, { recursive: true });
    });
    const ending = await stage.cancel(id);
    const receipt = await stage.receipt(id);
    expect(verdictOf(ending, receipt)).toBe("proven");
    expect(receipt.escaped).toMatchObject([{ pid: carrier.pid, end: "left" }]);
    expect(await listHeld(elsewhere)).toHaveLength(1);
  });

  test.runIf(isRoot)(
    "case 30: with a full disk the end waits for its record, and is reported correctly",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "hf-disk-"));
      cleanUp.push(() => rmSync(folder, { recursive: true }));
      const disk = await startFixture("30-full-disk", [join(folder, "tmpfs"), "16m"], {
        witnessDir: folder,
      });
      makeRoom = () => disk.child.stdin?.write("free\n");
      cleanUp.push(async () => {
        const over = once(disk.child, "exit");
        disk.child.stdin?.end();
        await over;
        await endFixture(disk);
      });
      await begin(join(folder, "tmpfs"));
      // Here the keeper's own clock ends the job; a cancel is in test/full-disk.test.ts.
      const { id } = await stage.play("25-ordinary-tree", [], { limitMs: 1_500 });
      disk.child.stdin?.write("fill\n");
      await once(disk.child.stdout as Readable, "data");
      const observed = stage.observe(id);
      await untilStopping(server.connection, id, ({ phase }) => phase === "recording");
      expect((await server.client.show(id)).endedAtMs).toBeNull();
      makeRoom();
      const ending = await observed;
      expect(ending.state).toBe("timed_out");
      expect(verdictOf(ending, await stage.receipt(id))).toBe(expectedOf("30", tier));
    },
  );

  test.runIf(hasMemoryLimits)("case 35: the OOM killer ends the leader alone", async () => {
    await begin();
    const limited = join(memory, `hf-${process.pid}-${tier}`);
    mkdirSync(limited);
    cleanUp.push(() => rmdirSync(limited));
    writeFileSync(join(limited, "memory.limit_in_bytes"), String(128 * 2 ** 20));
    const id = await stage.submit([
      "/bin/sh",
      "-c",
      `echo $$ > ${limited}/cgroup.procs; exec "$1"`,
      "sh",
      join(fixturesFolder, "35-oom-leader"),
    ]);
    const ending = await stage.observe(id);
    const receipt = await stage.receipt(id);
    expect(receipt).toMatchObject({ state: "failed", outcome: { signal: 9, leftovers: 1 } });
    expect(verdictOf(ending, receipt)).toBe(expectedOf("35", tier));
  });
});

async function groupOf(server: PrivateServer, id: number): Promise<string> {
  const { attempt } = await server.client.show(id);
  const own = readFileSync(`/proc/${attempt?.pid}/cgroup`, "utf8")
    .split("\n")
    .find((line) => line.startsWith("0::"));
  return join(v2Mount ?? "", own?.slice("0::".length) ?? "");
}
