import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { KeeperClaim } from "../../src/contract/keeper.ts";
import { GuestHoldfast } from "./guest-holdfast.ts";
import { GuestStage } from "./guest-stage.ts";
import { VirtualMachine } from "./virtual-machine.ts";

const vm = new VirtualMachine();
const holdfast = new GuestHoldfast(vm);
const systemctl = (...args: string[]) => vm.run(["systemctl", "--user", ...args]);
const mainPid = () => systemctl("show", "-P", "MainPID", "holdfast");

/** Five processes that run until they are ended. */
const tree = () => GuestStage.play(holdfast, ["25-ordinary-tree"]);

/** From the attempt's own record. */
async function keeperPid({ job }: GuestStage): Promise<string> {
  const { attempt } = await holdfast.show(job);
  const claim = await vm.run(["cat", `.local/state/holdfast/attempts/${attempt?.id}/keeper.json`]);
  return String((JSON.parse(claim) as KeeperClaim).keeper.pid);
}

/** systemd learns of an end a moment later; then it starts another, and `start` waits for that. */
async function startedAfter(killed: string): Promise<void> {
  await vm.shell(
    'for i in $(seq 600); do [ "$(systemctl --user show -P MainPID holdfast)" = "$1" ] || exit 0; sleep 0.1; done; exit 1',
    [killed],
  );
  await systemctl("start", "holdfast");
}

beforeAll(async () => {
  await holdfast.run("service", "install");
  await systemctl("enable", "--now", "holdfast");
});
afterAll(async () => {
  await systemctl("start", "holdfast");
  await holdfast.run("service", "uninstall");
});
beforeEach(async () => {
  await systemctl("reset-failed", "holdfast").catch(() => undefined);
  await systemctl("start", "holdfast");
});

describe("installed with `holdfast service install`", () => {
  it("says what it is", async () => {
    const status = JSON.parse(await holdfast.run("service", "status", "--json")) as object;
    expect(status).toMatchObject({ enabled: true, active: true, thisClone: true, linger: true });
  });

  it("systemctl restart keeps the jobs, and the new server follows them", async () => {
    const stage = await tree();
    const leader = await stage.leader();
    const before = await mainPid();
    await systemctl("restart", "holdfast");
    expect(await mainPid()).not.toBe(before);
    expect(await stage.leader()).toBe(leader);
    const { living, receipt } = await stage.cancel();
    expect(living).toEqual([]);
    expect(receipt.proof).toMatchObject({ kind: "keeper", populated: 0 });
  });

  it("case 29: not even KillMode=control-group reaches them: they are in another unit", async () => {
    await vm.shell(
      'd=.config/systemd/user/holdfast.service.d; mkdir -p $d; printf "[Service]\\nKillMode=control-group\\n" >$d/t.conf; systemctl --user daemon-reload',
    );
    const stage = await tree();
    const leader = await stage.leader();
    await systemctl("restart", "holdfast");
    expect(await stage.leader()).toBe(leader);
    expect((await stage.cancel()).living).toEqual([]);
    await vm.shell("rm -r .config/systemd/user/holdfast.service.d; systemctl --user daemon-reload");
  });

  it("stop leaves them running; what ended meanwhile is known at the next start, exit code included", async () => {
    const stage = await tree();
    const short = await holdfast.submit(["sh", "-c", "echo ready; sleep 3; exit 7"]);
    await holdfast.said(short, "ready");
    await systemctl("stop", "holdfast");
    expect(await stage.living()).not.toEqual([]);
    await systemctl("start", "holdfast");
    expect(await holdfast.ended(short)).toMatchObject({ state: "failed", outcome: { code: 7 } });
    expect((await stage.cancel()).living).toEqual([]);
  });

  it("no command starts a server beside the stopped service", async () => {
    await systemctl("stop", "holdfast");
    await expect(holdfast.run("ls")).rejects.toThrow("systemctl --user start holdfast.service");
    await systemctl("start", "holdfast");
  });

  it("service stop --jobs cancel leaves nothing of them, and the next server finds them cancelled", async () => {
    const stage = await tree();
    await expect(holdfast.run("service", "stop")).rejects.toThrow("--jobs keep");
    await holdfast.run("service", "stop", "--jobs", "cancel");
    expect(await stage.living()).toEqual([]);
    await systemctl("start", "holdfast");
    expect(await holdfast.ended(stage.job)).toMatchObject({ state: "cancelled" });
  });

  it("a killed server is started again by systemd and follows its jobs", async () => {
    const stage = await tree();
    const before = await mainPid();
    await vm.run(["kill", "-KILL", before]);
    await startedAfter(before);
    expect(await mainPid()).not.toBe(before);
    expect(await holdfast.show(stage.job)).toMatchObject({ state: "running" });
    expect((await stage.cancel()).living).toEqual([]);
  });

  it("a killed keeper: nothing of the job is left, and it is lost", async () => {
    const stage = await tree();
    await vm.run(["kill", "-KILL", await keeperPid(stage)]);
    expect(await holdfast.ended(stage.job)).toMatchObject({ state: "lost", reason: "keeper_lost" });
    expect(await stage.living()).toEqual([]);
  });

  it("case 28: keeper and server killed together: the same, found by the next server", async () => {
    const stage = await tree();
    const server = await mainPid();
    await vm.run(["kill", "-KILL", await keeperPid(stage), server]);
    await startedAfter(server);
    expect(await holdfast.ended(stage.job)).toMatchObject({ state: "lost", reason: "keeper_lost" });
    expect(await stage.living()).toEqual([]);
    const receipt = await holdfast.receipt(stage.job);
    expect(receipt.proof).toMatchObject({ kind: "sweep", populated: 0 });
  });

  it("a killed spawner takes no job along, and the next job gets a scope of its own", async () => {
    const stage = await tree();
    const scope = async () =>
      /holdfast-jobs-\S*\.scope/.exec((await holdfast.health()).tierWhy)?.[0];
    const before = await scope();
    // The server has no other child that stays.
    await vm.shell('kill -KILL $(ps --ppid "$1" -o pid=)', [await mainPid()]);
    const next = await tree();
    expect(await scope()).not.toBe(before);
    expect(await stage.living()).not.toEqual([]);
    expect((await stage.cancel()).living).toEqual([]);
    expect((await next.cancel()).living).toEqual([]);
  });
});
