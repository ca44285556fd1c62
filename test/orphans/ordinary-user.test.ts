import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { inFirstPidNamespace } from "../../src/processes/pids-in-namespaces.ts";
import { until } from "../containment/live-process.ts";
import { PrivateServer } from "../containment/private-server.ts";
import { commandOf, isAlive, LeftBehind } from "./orphan.ts";
import { atOnce } from "./settings.ts";

const user = 54_323;
const asUser: [string, ...string[]] = [
  "setpriv",
  `--reuid=${user}`,
  `--regid=${user}`,
  "--clear-groups",
];

describe.runIf(process.getuid?.() === 0)("an ordinary user's server", () => {
  let server: PrivateServer;
  const left = new LeftBehind();
  const made: string[] = [];

  beforeAll(async () => {
    server = await PrivateServer.start({ cgroup: "off", user, through: asUser, env: atOnce });
  });
  afterAll(() => server.end());
  afterEach(async () => {
    await left.end();
    for (const path of made.splice(0)) rmSync(path, { force: true });
  });

  /** A process of that user whose parent and session leader are gone. */
  async function ownOrphan() {
    const script = "sleep 600 >/dev/null 2>&1 & echo $!";
    const [program, ...args] = [...asUser, "sh", "-c", script];
    const parent = spawn(program, args, { detached: true, stdio: ["ignore", "pipe", "inherit"] });
    const gone = once(parent, "exit");
    for await (const line of createInterface({ input: parent.stdout })) {
      await gone;
      await until(() => commandOf(Number(line)) === "sleep 600");
      return left.know(Number(line));
    }
    throw new Error("the shell ended without output");
  }

  test("finds and ends its user's orphans, and inspects no other user's", async () => {
    const own = await ownOrphan();
    const roots = await left.orphan(["sleep", "601"]);
    const { suspects, unread } = await server.client.scanOrphans({ allUsers: false });
    const found = new Set(suspects.map(({ root }) => root));
    expect([found.has(own.pid), found.has(roots.pid)]).toEqual([true, false]);
    expect(unread).toEqual(["other users' processes"]);
    const { plan, trees } = await server.client.planOrphans({
      allUsers: false,
      leftovers: false,
      pids: [own.pid, roots.pid],
    });
    expect(trees.map(({ root }) => root)).toEqual([own.pid]);
    const { processes } = await server.client.reapOrphans(plan, { dryRun: false, graceMs: 5000 });
    expect(processes).toMatchObject([{ pid: own.pid, end: "term" }]);
    expect([isAlive(own), isAlive(roots)]).toEqual([false, true]);
  });

  test("may not scan all users' processes, nor adopt another user's process", async () => {
    const roots = await left.orphan(["sleep", "601"]);
    await expect(server.client.scanOrphans({ allUsers: true })).rejects.toMatchObject({
      refusal: { code: "forbidden" },
    });
    const asked = { pid: roots.pid, leftovers: "wait", allUsers: true } as const;
    await expect(server.client.adopt(asked)).rejects.toMatchObject({
      refusal: { code: "not_adoptable" },
    });
  });

  test.runIf(inFirstPidNamespace())(
    "is sure of its user's shared memory only where no other user could have it open",
    async () => {
      const dead = spawn("true");
      await once(dead, "exit");
      const path = (name: string) => `/dev/shm/torch_${dead.pid}_${name}`;
      for (const [name, mode] of [
        ["closed", 0o600],
        ["open", 0o644],
      ] as const) {
        writeFileSync(path(name), "x", { mode });
        chownSync(path(name), user, user);
        made.push(path(name));
      }
      const { leftovers, unread } = await server.client.leftovers({ allUsers: false });
      const found = new Map(leftovers.map((one) => [one.name, one.confidence]));
      expect([found.get(path("closed")), found.get(path("open"))]).toEqual(["proven", "weak"]);
      expect(unread[0]).toContain("may not inspect");
    },
  );
});
