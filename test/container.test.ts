import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Receipt } from "../src/client/client.ts";
import { ApptainerImage, hasApptainer } from "./harness/apptainer.ts";
import { Docker, hasDocker } from "./harness/docker.ts";
import { FakeDocker } from "./harness/fake-docker.ts";
import { hasPodman, Podman } from "./harness/podman.ts";
import { PrivateServer } from "./harness/private-server.ts";

async function receiptOf(holdfast: PrivateServer, id: string | number): Promise<Receipt> {
  return JSON.parse((await holdfast.run("receipt", String(id), "--json")).stdout) as Receipt;
}

/** Ignores TERM, and prints `ready` once it does. */
const stubborn = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"];

describe("a container under a daemon", () => {
  const docker = new FakeDocker();
  const holdfast = new PrivateServer(docker.env);
  beforeAll(async () => {
    await docker.start();
    await holdfast.up();
  });
  afterEach(async () => {
    docker.comeBack();
    await holdfast.expectNothingLeft();
  });
  afterAll(async () => {
    await holdfast.remove();
    await docker.stop();
  });

  /** Starts a job; its number, and the pid of the container's process, which is not a child of the job. */
  async function started(...command: string[]): Promise<{ id: number; pid: number }> {
    const id = await holdfast.submit("--container", "docker:image", "--grace", "300ms", ...command);
    const logs = holdfast.start(["logs", "-f", String(id)]);
    const [, pid = ""] = await logs.says(/pid (\d+)/);
    logs.interrupt();
    await logs.ended;
    return { id, pid: Number(pid) };
  }

  it("ends with its own exit code, and is gone without a signal", async () => {
    const { id } = await started("sh", "-c", "exit 3");
    expect((await holdfast.run("wait", String(id))).code).toBe(3);
    const receipt = await receiptOf(holdfast, id);
    expect(receipt).toMatchObject({ state: "failed", outcome: { code: 3 } });
    expect(receipt.container).toMatchObject({
      runtime: "docker",
      stopped: false,
      gone: "docker knows no such container, and no process is in a cgroup of its id",
    });
    expect(receipt.container?.id).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is asked by TERM through its client", async () => {
    const { id, pid } = await started("sleep", "1000");
    expect((await holdfast.run("cancel", String(id))).code).toBe(0);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(await receiptOf(holdfast, id)).toMatchObject({
      state: "cancelled",
      ended: { kill: 0 },
      container: { stopped: false },
    });
  });

  it("that outlives its killed client is removed before the job has ended", async () => {
    const { id, pid } = await started(...stubborn);
    expect((await holdfast.run("cancel", String(id))).code).toBe(0);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    const receipt = await receiptOf(holdfast, id);
    expect(receipt).toMatchObject({ state: "cancelled", container: { stopped: true } });
  });

  it("keeps the job stopping while no daemon can be asked, over a restart of the server as well", async () => {
    const { id, pid } = await started(...stubborn);
    docker.vanish();
    expect((await holdfast.run("cancel", String(id), "--no-wait")).code).toBe(1);
    const message = async () => (await holdfast.show(id)).stopping?.container?.message ?? "";
    while (!(await message()).includes("Cannot connect")) await delay(20);
    expect((await holdfast.run("show", String(id))).stdout).toContain("docker container");
    expect((await holdfast.run("server", "restart")).code).toBe(0);
    while (!(await message()).includes("Cannot connect")) await delay(20);
    expect((await holdfast.show(id)).state).toBe("stopping");
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    docker.comeBack();
    await holdfast.run("wait", String(id));
    expect((await holdfast.show(id)).state).toBe("cancelled");
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  it("that was never made, because there is no daemon, is not waited for", async () => {
    docker.vanish();
    const ended = await holdfast.run("run", "--container", "docker:image", "true");
    expect(ended.code).toBe(125);
    expect(ended.stdout).toContain("Cannot connect to the Docker daemon");
  });

  it("is found after its keeper was killed", async () => {
    const { id, pid } = await started(...stubborn);
    const { attempt } = await holdfast.show(id);
    process.kill(attempt?.keeperPid ?? 0, "SIGKILL");
    await holdfast.run("wait", String(id));
    expect((await holdfast.show(id)).state).toBe("lost");
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect((await receiptOf(holdfast, id)).container).not.toBeNull();
  });
});

describe.skipIf(!hasPodman)("a podman container", () => {
  const podman = new Podman();
  const holdfast = new PrivateServer(podman.env);
  const inPodman = [
    "--container",
    `podman:${podman.root}`,
    "--container-arg=--rootfs",
    "--container-arg=--network=none",
  ];
  beforeAll(async () => {
    podman.make();
    await holdfast.up();
  });
  afterEach(() => holdfast.expectNothingLeft());
  afterAll(async () => {
    await holdfast.remove();
    podman.remove();
  });

  it("has the working directory, the named variables and its own exit code", async () => {
    const args = ["-e", "GREETING=hello", ...inPodman, "--cwd", podman.folder];
    const ended = await holdfast.run(
      "run",
      ...args,
      "sh",
      "-c",
      'echo "$GREETING $HOLDFAST_JOB ${HOME-}"; cat note; echo x > made; exit 7',
    );
    expect(ended.stdout).toMatch(/^hello \d+ \/(root)?\nfrom outside\n$/);
    expect(ended.code).toBe(7);
    expect(readFileSync(`${podman.folder}/made`, "utf8")).toBe("x\n");
    expect(podman.containers()).toBe("");
  });

  it("that heeds TERM gets it once and ends", async () => {
    const script = "trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 0.1; done";
    const id = await holdfast.submit(...inPodman, "sh", "-c", script);
    const logs = holdfast.start(["logs", "-f", String(id)]);
    await logs.says(/ready/);
    expect((await holdfast.run("cancel", String(id))).code).toBe(0);
    expect((await logs.ended).stdout.match(/asked/g)).toHaveLength(1);
    expect(await receiptOf(holdfast, id)).toMatchObject({
      state: "cancelled",
      outcome: { leftovers: 0 },
      escaped: [],
      container: { runtime: "podman" },
    });
    expect(podman.containers()).toBe("");
  });

  it("that ignores TERM is killed with everything in it", async () => {
    const script = "setsid sleep 4242 & trap '' TERM; echo ready; while :; do sleep 0.1; done";
    const args = ["--grace", "300ms", ...inPodman, "sh", "-c", script];
    const id = await holdfast.submit(...args);
    const logs = holdfast.start(["logs", "-f", String(id)]);
    await logs.says(/ready/);
    logs.interrupt();
    await logs.ended;
    expect((await holdfast.run("cancel", String(id))).code).toBe(0);
    const receipt = await receiptOf(holdfast, id);
    expect(receipt).toMatchObject({ state: "cancelled", escaped: [] });
    expect(receipt.container?.gone).toContain("no process is in a cgroup of its id");
    expect(podman.containers()).toBe("");
  });

  it("is gone when its keeper was killed", async () => {
    const id = await holdfast.submit(...inPodman, ...stubborn);
    const logs = holdfast.start(["logs", "-f", String(id)]);
    await logs.says(/ready/);
    logs.interrupt();
    await logs.ended;
    process.kill((await holdfast.show(id)).attempt?.keeperPid ?? 0, "SIGKILL");
    await holdfast.run("wait", String(id));
    expect((await holdfast.show(id)).state).toBe("lost");
    expect((await receiptOf(holdfast, id)).container?.id).toMatch(/^[0-9a-f]{64}$/);
    expect(podman.containers()).toBe("");
  });
});

describe.skipIf(!hasDocker)("a docker container", () => {
  const docker = new Docker();
  const holdfast = new PrivateServer();
  const inDocker = ["--container", `docker:${docker.image}`, "--container-arg=--network=none"];
  beforeAll(async () => {
    docker.import();
    await holdfast.up();
  });
  afterEach(() => holdfast.expectNothingLeft());
  afterAll(async () => {
    await holdfast.remove();
    docker.remove();
  });

  async function ready(...args: string[]): Promise<{ id: number; attempt: string }> {
    const id = await holdfast.submit(...args);
    const logs = holdfast.start(["logs", "-f", String(id)]);
    await logs.says(/ready/);
    logs.interrupt();
    await logs.ended;
    return { id, attempt: (await holdfast.show(id)).attempt?.id ?? "" };
  }

  it("has the named variables, its limits and its own exit code", async () => {
    const script = 'echo "$GREETING $HOLDFAST_JOB"; exit 7';
    const args = ["-e", "GREETING=hello", "--pids", "50", "--memory", "64MiB", ...inDocker];
    const ended = await holdfast.run("run", ...args, "sh", "-c", script);
    expect(ended.stdout).toMatch(/^hello \d+\n/);
    expect(ended.code).toBe(7);
    expect(docker.containers()).toBe("");
  });

  it("that heeds TERM gets it once and ends", async () => {
    const script = "trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 0.1; done";
    const { id } = await ready(...inDocker, "sh", "-c", script);
    expect((await holdfast.run("cancel", String(id))).code).toBe(0);
    const { stdout } = await holdfast.run("logs", String(id));
    expect(stdout.match(/asked/g)).toHaveLength(1);
    expect((await receiptOf(holdfast, id)).container?.stopped).toBe(false);
    expect(docker.containers()).toBe("");
  });

  it("that ignores TERM outlives its client, and is gone before the job has ended", async () => {
    const script = "setsid sleep 4242 & trap '' TERM; echo ready; while :; do sleep 0.1; done";
    const args = ["--grace", "300ms", "--memory", "64MiB", ...inDocker, "sh", "-c", script];
    const { id, attempt } = await ready(...args);
    const pid = docker.inspect(attempt, "{{.State.Pid}}");
    expect(docker.inspect(attempt, "{{.HostConfig.Memory}}")).toBe(String(64 * 2 ** 20));
    expect((await holdfast.run("cancel", String(id))).code).toBe(0);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    const receipt = await receiptOf(holdfast, id);
    // Found by its cookie when the keeper had ended, and proven gone since.
    expect(receipt).toMatchObject({
      state: "cancelled",
      escaped: [],
      container: { stopped: true },
    });
    expect(docker.containers()).toBe("");
  });

  it("is gone when its keeper was killed", async () => {
    const { id, attempt } = await ready(...inDocker, ...stubborn);
    const pid = docker.inspect(attempt, "{{.State.Pid}}");
    process.kill((await holdfast.show(id)).attempt?.keeperPid ?? 0, "SIGKILL");
    await holdfast.run("wait", String(id));
    expect((await holdfast.show(id)).state).toBe("lost");
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(docker.containers()).toBe("");
  });
});

describe.skipIf(!hasApptainer)("an apptainer container", () => {
  const image = new ApptainerImage();
  const holdfast = new PrivateServer();
  const inApptainer = ["--container", `apptainer:${image.root}`, "--container-arg=--userns"];
  beforeAll(async () => {
    image.make();
    await holdfast.up();
  });
  afterEach(() => holdfast.expectNothingLeft());
  afterAll(async () => {
    await holdfast.remove();
    image.remove();
  });

  async function ready(...args: string[]): Promise<number> {
    const id = await holdfast.submit(...args);
    const logs = holdfast.start(["logs", "-f", String(id)]);
    await logs.says(/ready/);
    logs.interrupt();
    await logs.ended;
    return id;
  }

  it("has the working directory, the environment and its own exit code", async () => {
    const args = ["-e", "GREETING=hello", "--cwd", image.folder, ...inApptainer];
    const script = 'echo "$GREETING $HOLDFAST_JOB"; cat note; echo x > made; exit 7';
    const ended = await holdfast.run("run", ...args, "sh", "-c", script);
    expect(ended.stdout).toMatch(/^hello \d+\nfrom outside\n$/);
    expect(ended.code).toBe(7);
    expect(readFileSync(`${image.folder}/made`, "utf8")).toBe("x\n");
  });

  it("that heeds TERM ends by it", async () => {
    const script = "trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 0.1; done";
    const id = await ready(...inApptainer, "sh", "-c", script);
    expect((await holdfast.run("cancel", String(id))).code).toBe(0);
    expect((await holdfast.run("logs", String(id))).stdout).toContain("asked");
    expect(await receiptOf(holdfast, id)).toMatchObject({ state: "cancelled", escaped: [] });
  });

  it("that ignores TERM is killed with everything in it", async () => {
    const script = "setsid sleep 4242 & trap '' TERM; echo ready; while :; do sleep 0.1; done";
    const id = await ready("--grace", "300ms", ...inApptainer, "sh", "-c", script);
    expect((await holdfast.run("cancel", String(id))).code).toBe(0);
    expect(await receiptOf(holdfast, id)).toMatchObject({ state: "cancelled", escaped: [] });
  });

  it("is gone when its keeper was killed", async () => {
    const id = await ready(...inApptainer, ...stubborn);
    process.kill((await holdfast.show(id)).attempt?.keeperPid ?? 0, "SIGKILL");
    await holdfast.run("wait", String(id));
    expect((await holdfast.show(id)).state).toBe("lost");
  });
});
