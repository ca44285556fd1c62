import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Job } from "../../src/client/client.ts";
import { fixtures, GuestHoldfast } from "./guest-holdfast.ts";
import { GuestStage } from "./guest-stage.ts";
import { linesUntilEnd, VirtualMachine } from "./virtual-machine.ts";

const vm = new VirtualMachine();
const holdfast = new GuestHoldfast(vm);
/** Through systemd, whose time limit is longer than the command line's: a processor that has just booted is slow. */
const start = () => vm.run(["systemctl", "--user", "start", "holdfast"]);
const stop = () => vm.run(["systemctl", "--user", "stop", "holdfast"]);
const bootId = () => vm.run(["cat", "/proc/sys/kernel/random/boot_id"]);

// Not enabled: after a boot it is the test that starts it.
beforeAll(async () => {
  await holdfast.run("service", "install");
});
afterAll(async () => {
  await holdfast.run("service", "uninstall");
});

describe("a power cut with running and queued jobs", () => {
  let old: string;
  let running: GuestStage;
  let resuming: number;
  let queued: number;
  let held: number;
  let leader: number;
  let unrelated: string;

  beforeAll(async () => {
    await vm.shell(
      "mkdir -p .config/holdfast; printf '[jobs]\\nmax_running = 2\\n' >.config/holdfast/config.toml",
    );
    await start();
    running = await GuestStage.play(holdfast, ["25-ordinary-tree"]);
    leader = await running.leader();
    const script =
      'echo "retry $HOLDFAST_RETRY $HOLDFAST_RETRY_AFTER"; echo ready; [ "$HOLDFAST_RETRY" = 1 ] || exec sleep 6000';
    const policy = ["--retries", "1", "--retry-on", "machine_restarted", "--retry-delay", "1s"];
    resuming = await holdfast.submit(["sh", "-c", script], ...policy);
    await holdfast.said(resuming, "ready");
    queued = await holdfast.submit(["sh", "-c", "echo ready"]);
    held = await holdfast.submit(["true"], "--hold");
    old = await bootId();
    expect(await vm.powerCut()).not.toBe(old);
    // Before the server starts: an unrelated process of this boot has the pid that the job's main process had.
    unrelated = await vm.run(["mktemp", "-d"]);
    const program = `exec setsid "$1" "$2" >/tmp/unrelated.out 2>&1 </dev/null &`;
    await vm.shell(
      `export WITNESS_DIR=${unrelated}; ${program} for i in $(seq 300); do grep -qx ready /tmp/unrelated.out && exit 0; sleep 0.1; done; cat /tmp/unrelated.out; exit 1`,
      [`${fixtures}/13-reused-pid`, String(leader)],
      { user: "root" },
    );
    await start();
  });
  afterAll(async () => {
    await vm.run([`${fixtures}/witness-end`, unrelated], { user: "root" });
    await stop();
    await vm.run(["rm", ".config/holdfast/config.toml"]);
  });

  it("what ran is lost, because the machine restarted", async () => {
    expect(await holdfast.ended(running.job)).toMatchObject({
      state: "lost",
      reason: "machine_restarted",
      outcome: { code: null, signal: null },
    });
    expect((await holdfast.receipt(running.job)).proof.kind).toBe("reboot");
  });

  it("what is to be tried again after that is resumed, as the same job", async () => {
    expect(await holdfast.ended(resuming)).toMatchObject({
      state: "succeeded",
      attempt: { number: 2 },
    });
    expect(await holdfast.run("logs", String(resuming))).toContain("retry 1 machine_restarted");
    const first = JSON.parse(
      await holdfast.run("receipt", "--json", "--attempt", "1", String(resuming)),
    ) as object;
    expect(first).toMatchObject({ state: "lost", proof: { kind: "reboot" } });
  });

  it("queued jobs continue", async () => {
    expect(await holdfast.ended(queued)).toMatchObject({ state: "succeeded" });
  });

  it("what was held is still held", async () => {
    expect(await holdfast.show(held)).toMatchObject({ state: "held" });
    await holdfast.run("cancel", String(held));
  });

  it("no process of the new boot gets a signal, not even the process that has the old pid", async () => {
    const lines = await vm.run([`${fixtures}/witness-check`, unrelated], { user: "root" });
    expect(lines).toMatch(new RegExp(`^held \\S+ ${leader}$`, "m"));
  });
});

describe("power cuts at random moments of a storm of submissions", () => {
  const seed = Number(process.env["HOLDFAST_VM_SEED"] ?? Date.now() % 1_000_000);
  const delays = Array.from(
    { length: 3 },
    (_, round) => 1000 + ((seed * (round + 7) * 7919) % 5000),
  );

  it.each(delays)(
    `after %i ms (seed ${seed}): every acknowledged job is there, and none is in doubt`,
    async (delayMs) => {
      await start();
      const storm = vm.start(["node", "/opt/holdfast/guest/storm.mjs", holdfast.socket]);
      const acknowledged = linesUntilEnd(storm);
      await new Promise((resolve) => {
        storm.stdout?.once("data", () => setTimeout(resolve, delayMs));
      });
      await vm.powerCut();
      const numbers = (await acknowledged).map(Number);
      expect(numbers.length).toBeGreaterThan(0);

      await start();
      const there = new Map((await jobsOfStorms()).map((job) => [job.id, job]));
      expect(numbers.filter((number) => !there.has(number))).toEqual([]);
      process.stderr.write(`${numbers.length} acknowledged, ${there.size} in the store\n`);

      await vm.shell('holdfast wait "$1" >/dev/null 2>&1 || true', [[...there.keys()].join(",")]);
      const states = Object.groupBy(await jobsOfStorms(), ({ state }) => state);
      expect(
        Object.keys(states).filter((state) => state !== "succeeded" && state !== "lost"),
      ).toEqual([]);
      for (const job of states.lost ?? []) expect(job.reason).toBe("machine_restarted");
      await stop();
      await vm.shell(
        'node -e \'const { DatabaseSync } = require("node:sqlite"); const d = new DatabaseSync(process.argv[1]); console.log(d.prepare("PRAGMA integrity_check").get().integrity_check)\' .local/state/holdfast/holdfast.db | grep -x ok',
      );
    },
  );
});

/** Of this round and those before it. */
async function jobsOfStorms(): Promise<Job[]> {
  const page = await holdfast.run("ls", "--all", "--json", "--no-autostart");
  return (JSON.parse(page) as { jobs: Job[] }).jobs.filter(({ spec }) => spec.name === "storm");
}
