import { afterEach, describe, expect, it } from "vitest";
import { GuestHoldfast, startScript } from "./guest-holdfast.ts";
import { GuestStage } from "./guest-stage.ts";
import { VirtualMachine } from "./virtual-machine.ts";

const vm = new VirtualMachine();
const root = { user: "root" } as const;

describe("root", () => {
  const holdfast = new GuestHoldfast(vm, root);

  it("gets a scope of the machine's systemd, with every controller", async () => {
    await holdfast.start();
    const { tier, tierWhy } = await holdfast.health();
    expect(tier).toBe("cgroup");
    expect(tierWhy).toMatch(/^groups are made in \/sys\/fs\/cgroup\/holdfast\.slice\/.*\.scope\//);
    const scope = tierWhy.slice("groups are made in ".length);
    const controllers = await vm.run(["cat", `${scope}/cgroup.subtree_control`], root);
    expect(controllers.split(" ").toSorted()).toEqual(["cpu", "cpuset", "io", "memory", "pids"]);
    const stage = await GuestStage.play(holdfast, ["06-dead-leader"]);
    expect((await stage.cancel()).living).toEqual([]);
    await holdfast.run("server", "stop");
  });

  it("without systemd makes its groups itself, below the group that it is in", async () => {
    // In a mount namespace in which systemd does not show.
    const seen = await vm.shell(
      `unshare --mount bash -euc '
        mount -t tmpfs none /run/systemd
        export HOLDFAST_STATE_DIR=/root/bare
        holdfast server start >&2
        holdfast server status --json
        holdfast run --no-autostart -- sh -c "setsid sleep 1000 & exit 0" >&2
        holdfast receipt --json @
        holdfast server stop >&2'`,
      [],
      root,
    );
    const [health, receipt] = seen.split("\n").map((line) => JSON.parse(line) as object);
    expect(health).toMatchObject({ tier: "cgroup" });
    expect(receipt).toMatchObject({ proof: { kind: "keeper", populated: 0 }, unproven: [] });
  });
});

describe("a user without linger", () => {
  const guest = new GuestHoldfast(vm, { user: "guest", login: true });

  it("has a scope while logged in, and gets the hint that makes it last", async () => {
    const said = await guest.vm.shell(
      `${startScript}; holdfast server status --json; holdfast server stop; holdfast service install; holdfast service uninstall`,
      [],
      guest.where,
    );
    expect(said).toContain("holdfast.slice/holdfast-jobs-");
  });

  it("without a systemd of its own, in a system service: groups below the service, and the message names what is missing", async () => {
    await vm.shell(
      `cat >/run/systemd/system/own.service <<E
[Service]
Type=notify
NotifyAccess=all
User=guest
Delegate=yes
KillMode=process
Environment=HOLDFAST_STATE_DIR=/home/guest/own
ExecStart=/opt/holdfast/holdfast server start --foreground
E
      systemctl daemon-reload
      systemctl stop user@1001.service
      systemctl start own`,
      [],
      root,
    );
    const own = (text: string) =>
      vm.shell(
        `runuser -u guest -- env -u XDG_RUNTIME_DIR HOLDFAST_STATE_DIR=/home/guest/own bash -euc "$1"`,
        [`cd /; ${text}`],
        root,
      );
    const status = await own("holdfast server status");
    expect(status).toContain("system.slice/own.service/holdfast-");
    expect(status).toContain("sudo loginctl enable-linger guest");
    await own("holdfast submit -- sleep 1000");
    // A delegated service is started again all the same while no controller is enabled in it.
    await vm.run(["systemctl", "restart", "own"], root);
    expect(await own("holdfast ls --json")).toContain('"state":"running"');
    const receipt = await own("holdfast cancel @ >&2; holdfast receipt --json @");
    expect(JSON.parse(receipt)).toMatchObject({ proof: { kind: "keeper", populated: 0 } });
    await vm.shell("systemctl stop own; rm /run/systemd/system/own.service", [], root);
  });
});

describe("a system service that runs a user's jobs", () => {
  const lab = new GuestHoldfast(vm);

  it("puts them into scopes of that user's systemd, and answers the user's own commands", async () => {
    await vm.run(["holdfast", "service", "install", "--system", "--run-as", "lab"], root);
    await vm.run(["systemctl", "enable", "--now", "holdfast"], root);
    expect((await lab.health()).tierWhy).toContain("user@1000.service/holdfast.slice/");
    const stage = await GuestStage.play(lab, ["25-ordinary-tree"]);
    const leader = await stage.leader();
    await vm.run(["systemctl", "restart", "holdfast"], root);
    expect(await stage.leader()).toBe(leader);
    expect((await stage.cancel()).living).toEqual([]);
    await vm.run(["holdfast", "service", "uninstall", "--system"], root);
  });
});

describe("the end of the session in which the server was started", () => {
  const lab = new GuestHoldfast(vm);
  const begin = `${startScript}; job=$(holdfast submit --cwd / -- sleep 1000)
    for i in $(seq 600); do
      ! holdfast show --json "$job" | grep -q '"state":"running"' || exit 0
      sleep 0.1
    done
    exit 1`;
  const running = async (): Promise<number> => {
    const listed = await lab.run("ls", "--json", "--state", "running");
    return (JSON.parse(listed) as { jobs: unknown[] }).jobs.length;
  };

  afterEach(async () => {
    await vm.attempt(["holdfast", "cancel", "@"]);
    await vm.attempt(["holdfast", "server", "stop"]);
  });

  it("ends neither the server nor its jobs where the user has linger", async () => {
    await vm.shell(begin, [], { login: true });
    await lab.run("server", "status", "--no-autostart");
    expect(await running()).toBe(1);
  });

  it("with KillUserProcesses=yes ends the server; the next command starts one, and it follows the job", async () => {
    await vm.shell(
      'mkdir -p /run/systemd/logind.conf.d; printf "[Login]\\nKillUserProcesses=yes\\n" >/run/systemd/logind.conf.d/t.conf; systemctl restart systemd-logind',
      [],
      root,
    );
    await vm.shell(begin, [], { login: true });
    expect(await running()).toBe(1);
    await vm.shell("rm -r /run/systemd/logind.conf.d; systemctl restart systemd-logind", [], root);
  });
});
