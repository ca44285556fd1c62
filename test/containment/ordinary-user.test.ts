import { chmodSync, chownSync, copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { removeGroup } from "../../src/containment/cgroup.ts";
import { endHolders, fixturesFolder } from "../fixtures/witness.ts";
import { expectedOf, isRoot, tiersHere } from "./expected.ts";
import { untilStopping } from "./observation.ts";
import { makeGroup } from "./own-groups.ts";
import { PrivateServer } from "./private-server.ts";
import { Stage } from "./stage.ts";
import { verdictOf } from "./verdict.ts";

/**
 * The server runs as an ordinary user. On the tier `cgroup` it starts inside a group that root has
 * delegated to that user, as systemd does for a user's services.
 */
const user = 54_322;

describe.runIf(isRoot).each(tiersHere)("an ordinary user's server on the tier %s", (tier) => {
  let server: PrivateServer;
  let stage: Stage;
  let delegated: Delegated | null;

  beforeAll(async () => {
    delegated = tier === "cgroup" ? new Delegated() : null;
    server = await PrivateServer.start({
      cgroup: delegated?.folder ?? "off",
      user,
      through: [
        ...(delegated?.through ?? []),
        "setpriv",
        `--reuid=${user}`,
        `--regid=${user}`,
        "--clear-groups",
      ],
    });
    expect((await server.client.health()).tier).toBe(tier);
  });
  afterAll(async () => {
    await server.end();
    delegated?.end();
  });
  beforeEach(async () => {
    stage = await Stage.set(server);
  });
  afterEach(() => stage.clear());

  async function ends(number: string, id: number): Promise<void> {
    const ending = await stage.cancel(id);
    expect(ending.state).toBe("cancelled");
    expect(verdictOf(ending, await stage.receipt(id))).toBe(expectedOf(number, tier));
    expect(await stage.bystanders.missing()).toEqual([]);
  }

  /** A copy that root owns, with the setuid bit. */
  async function playSetuid(): Promise<number> {
    const program = join(server.folder, "setuid");
    copyFileSync(join(fixturesFolder, "15-setuid-child"), program);
    chmodSync(program, 0o4755);
    const id = await stage.submit([program]);
    await stage.ready(id);
    return id;
  }

  test("case 15: a child that has become root", async () => {
    if (tier === "cgroup") return await ends("15", await playSetuid());
    const id = await playSetuid();
    const observed = stage.observe(id);
    await server.client.cancel(id);
    const stuck = await untilStopping(
      server.connection,
      id,
      ({ phase, survivors }) => phase === "verifying" && survivors.some(({ denied }) => denied),
    );
    expect(stuck.survivors).toHaveLength(1);
    expect((await server.client.show(id)).state).toBe("stopping");
    expect(expectedOf("15", tier)).toBe("named");
    const stopping = await untilStopping(
      server.connection,
      id,
      ({ survivors }) => survivors.length > 0 && survivors[0]?.obstacle !== null,
    );
    const [one] = stopping.survivors;
    expect(one?.obstacle).toEqual({
      kind: "other_user",
      message: `a process of user 0, which user ${user} may not signal`,
      remedy: `sudo kill -KILL ${one?.pid}`,
    });
    await endHolders(stage.witnessDir);
    const ending = await observed;
    expect(verdictOf(ending, await stage.receipt(id))).toBe("proven");
    expect(await stage.bystanders.missing()).toEqual([]);
  });

  test("case 16: a child that is not dumpable", async () => {
    const { id } = await stage.play("16-not-dumpable");
    await ends("16", id);
  });

  test("case 34: the job uses up its user's processes", async () => {
    const { id } = await stage.play("34-process-limit");
    await ends("34", id);
  });
});

/** A cgroup v2 folder of the user's, with a process of this test's as the server's starting place. */
class Delegated {
  readonly folder = makeGroup("holdfast-delegated-");
  readonly through = [
    "/bin/sh",
    "-c",
    `echo 0 > ${this.folder}/server/cgroup.procs; exec "$@"`,
    "sh",
  ];

  constructor() {
    mkdirSync(join(this.folder, "server"));
    for (const path of ["", "server", "cgroup.procs", "server/cgroup.procs"])
      chownSync(join(this.folder, path), user, user);
  }

  end(): void {
    removeGroup(this.folder);
  }
}
