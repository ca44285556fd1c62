import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixtures, GuestHoldfast } from "./guest-holdfast.ts";
import { GuestStage } from "./guest-stage.ts";
import { VirtualMachine } from "./virtual-machine.ts";

const vm = new VirtualMachine();
const holdfast = new GuestHoldfast(vm);

/** A process outside every job, with another job's cookie. */
let bystanders = "";
beforeAll(async () => {
  await holdfast.start();
  bystanders = await vm.run(["mktemp", "-d"]);
  const cookie = "HOLDFAST_ATTEMPT=0ddba11e-0000-4000-8000-000000000000";
  await vm.shell('systemd-run --user -q --unit=bystander -E "$1" -E "WITNESS_DIR=$2" "$3"', [
    cookie,
    bystanders,
    `${fixtures}/bystander`,
  ]);
});
afterAll(async () => {
  await vm.run(["systemctl", "--user", "stop", "bystander"]);
  await holdfast.run("server", "stop");
});

describe("started from a shell of an ssh session", () => {
  it("jobs get groups in a scope of the user's own systemd, with its controllers", async () => {
    const { tier, tierWhy, limits } = await holdfast.health();
    expect(tier).toBe("cgroup");
    expect(tierWhy).toMatch(
      /^groups are made in .*\/user@1000\.service\/holdfast\.slice\/holdfast-jobs-.*\.scope\//,
    );
    expect(limits).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: "memory", how: "memory.max" }),
        expect.objectContaining({ what: "pids", how: "pids.max" }),
        expect.objectContaining({ what: "cpu", how: "cpu.max" }),
      ]),
    );
  });

  it.each([
    ["4: a frozen cgroup", "04-frozen-cgroup"],
    ["6: a dead leader", "06-dead-leader"],
    ["18: the job's own sub-groups", "18-sub-cgroups"],
    ["20: a PID namespace", "20-pid-namespace"],
  ])("case %s: nothing of it is left, and the kernel says so", async (_, fixture) => {
    const stage = await GuestStage.play(holdfast, [fixture]);
    const { living, job, receipt } = await stage.cancel();
    expect(living).toEqual([]);
    expect(job.state).toBe("cancelled");
    expect(receipt).toMatchObject({
      tier: "cgroup",
      proof: { kind: "keeper", echild: true, populated: 0 },
      unproven: [],
    });
  });

  it("case 19: a process that moved into another job's group ends with its own job, the other job lives", async () => {
    const other = await GuestStage.play(holdfast, ["25-ordinary-tree"]);
    const group = await vm.shell('echo /sys/fs/cgroup$(cut -d: -f3 "/proc/$1/cgroup")', [
      String(await other.leader()),
    ]);
    const before = await other.living();
    const stage = await GuestStage.play(holdfast, ["19-moves-cgroup", group]);
    const { living, receipt } = await stage.cancel();
    expect(living).toEqual([]);
    expect(receipt.proof).toMatchObject({ kind: "keeper", populated: 0 });
    expect(await other.living()).toEqual(before);
    expect((await other.cancel()).living).toEqual([]);
  });

  it("case 23: a process that systemd started on request does not belong to the job: it lives, and the receipt does not claim otherwise", async () => {
    const stage = await GuestStage.play(holdfast, ["23-outside-service", "systemd-run"]);
    const leader = await stage.leader();
    const { living, job, receipt } = await stage.cancel();
    expect(job.state).toBe("cancelled");
    expect(living).toEqual(["outside"]);
    // Without the cookie there is nothing that ties it to the job.
    expect(receipt.escaped).toEqual([]);
    await vm.run(["systemctl", "--user", "stop", `holdfast-fixture-${leader}`]);
    expect(await stage.living()).toEqual([]);
  });

  it("case 23: what atd started carries the job's cookie: the receipt names it and its owner", async () => {
    const stage = await GuestStage.play(holdfast, ["23-outside-service", "at"]);
    const { living, receipt } = await stage.cancel();
    expect(living).toEqual(["outside"]);
    expect(receipt.escaped).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ end: "left", owner: expect.stringContaining("atd") as unknown }),
      ]),
    );
    await vm.run([`${fixtures}/witness-end`, stage.witnessDir]);
  });

  it("case 35: the kernel's kill for memory ends one job, as out of memory; the others and their scope live", async () => {
    const other = await GuestStage.play(holdfast, ["25-ordinary-tree"]);
    const stage = await GuestStage.play(holdfast, ["35-oom-leader"], ["--memory", "100MiB"]);
    const job = await holdfast.ended(stage.job);
    expect(job).toMatchObject({ state: "failed", reason: "out_of_memory" });
    expect(await stage.living()).toEqual([]);
    expect(await other.living()).not.toEqual([]);
    const scope = /[^/]*\.scope/.exec((await holdfast.health()).tierWhy)?.[0] ?? "";
    expect(await vm.run(["systemctl", "--user", "is-active", scope])).toBe("active");
    expect((await other.cancel()).living).toEqual([]);
  });

  it("the bystander has seen all that and lives", async () => {
    expect(await vm.run([`${fixtures}/witness-check`, bystanders])).toMatch(/^held bystander/);
  });
});
