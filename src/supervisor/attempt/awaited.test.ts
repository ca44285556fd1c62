import { expect, it } from "vitest";
import { FakeClock } from "../../system/fake-clock.ts";
import { type Awaited, awaitedMessage, AwaitedWatch } from "./awaited.ts";

const stopped: Awaited = {
  kind: "held_up",
  by: { part: "keeper", pid: 812, how: "stopped", tracer: null },
};

it("says that the keeper is stopped, when that was first seen, and how to continue it", async () => {
  const clock = new FakeClock();
  let now: Awaited | null = null;
  const watch = new AwaitedWatch(clock, async () => now);
  expect(await watch.message()).toBeNull();
  clock.advance(5000);
  now = stopped;
  expect(await watch.message()).toContain("first seen just now");
  clock.advance(12_000);
  expect(await watch.message()).toBe(
    "its keeper (pid 812) is stopped by a signal (first seen 12s ago); kill -CONT 812 continues it",
  );
  now = null;
  expect(await watch.message()).toBeNull();
});

it("takes what was seen within the given time, and inspects again after it", async () => {
  const clock = new FakeClock();
  let inspections = 0;
  const watch = new AwaitedWatch(clock, async () => {
    inspections += 1;
    return stopped;
  });
  expect(await watch.message(1000)).toContain("first seen just now");
  clock.advance(999);
  expect(await watch.message(1000)).toContain("stopped by a signal");
  expect(inspections).toBe(1);
  clock.advance(1);
  await watch.message(1000);
  expect(inspections).toBe(2);
  await watch.message();
  expect(inspections).toBe(3);
});

it.each<[Awaited, RegExp]>([
  [
    {
      kind: "held_up",
      by: { part: "keeper", pid: 812, how: "traced", tracer: { pid: 900, comm: "gdb" } },
    },
    /traced by gdb \(pid 900\).*kill 900$/,
  ],
  [
    { kind: "held_up", by: { part: "keeper", pid: 812, how: "traced", tracer: null } },
    /traced by a process that cannot be seen from here.*detach it there/,
  ],
  [
    { kind: "held_up", by: { part: "spawner", pid: 700, how: "stopped", tracer: null } },
    /^the process that starts keepers \(pid 700\) is stopped.*kill -CONT 700/,
  ],
  [{ kind: "silent", keeperPid: 812, folder: "/s/a" }, /\/s\/a\/keeper\.sock.*holdfast cancel/],
  [
    {
      kind: "waiting_there",
      engine: "cluster",
      waiting: { reason: "Priority", host: "node.example" },
    },
    /^accepted by cluster on node\.example, and not started there yet: Priority.*holdfast cancel/,
  ],
  [{ kind: "unrecorded", folder: "/s/a" }, /cannot write exit\.json in \/s\/a/],
  [{ kind: "unreadable", error: "EACCES: permission denied" }, /EACCES.*tried again/],
])("%o", (awaited, message) => {
  expect(awaitedMessage(awaited, 3000)).toMatch(message);
  expect(awaitedMessage(awaited, 3000)).toContain("first seen 3s ago");
});
