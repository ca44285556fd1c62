import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Job } from "../src/client/client.ts";
import { isSame, read } from "./harness/living.ts";
import { startedServer } from "./harness/started-server.ts";

/** Attacks of a payload on its own attempt, as it runs as the same user. */
const holdfast = startedServer();

const example = readFileSync(
  new URL("../native/keeper/examples/exit.json", import.meta.url),
  "utf8",
);

const folderOf = ({ attempt }: Job) => join(holdfast.stateDir, "attempts", attempt?.id ?? "");

/** An exit record that says that the job has succeeded and nothing of it lives. */
function forgeExit(job: Job): void {
  const honest = JSON.parse(example) as { main: object };
  const main = { ...honest.main, code: 0, signal: null };
  const forged = { ...honest, attempt: job.attempt?.id, reason: "exited", main };
  writeFileSync(join(folderOf(job), "exit.json"), JSON.stringify(forged));
}

async function started(...args: string[]): Promise<Job> {
  const id = await holdfast.submit(...args);
  const following = holdfast.start(["logs", "-f", String(id)]);
  await following.says(/ready/);
  following.interrupt();
  await following.ended;
  return await holdfast.show(id);
}

describe("an exit record that no keeper wrote", () => {
  it("ends nothing while the keeper lives, though no server can reach it any more", async () => {
    const leave = join(holdfast.stateDir, "leave");
    const job = await started(
      "sh",
      "-c",
      `echo ready; until [ -e ${leave} ]; do sleep 0.05; done; exit 7`,
    );
    forgeExit(job);
    rmSync(join(folderOf(job), "keeper.sock"));
    await holdfast.run("server", "restart");
    expect(await holdfast.show(job.id)).toMatchObject({ state: "running" });
    writeFileSync(leave, "");
    expect((await holdfast.run("wait", String(job.id))).code).toBe(7);
  });

  it("ends nothing while the kernel counts a process in the group of a killed keeper", async ({
    skip,
  }) => {
    const job = await started("sh", "-c", "setsid sleep 60 & echo ready; wait");
    if (job.attempt?.tier !== "cgroup") {
      await holdfast.run("kill", String(job.id));
      skip("without a group nothing counts the processes");
    }
    forgeExit(job);
    const keeper = read(job.attempt?.keeperPid ?? 0);
    if (keeper?.command.startsWith("holdfast-keeper") === true && isSame(keeper))
      process.kill(keeper.pid, "SIGKILL");
    await holdfast.run("wait", String(job.id));
    expect(await holdfast.show(job.id)).toMatchObject({ state: "lost", reason: "keeper_lost" });
    expect(holdfast.jobProcesses()).toEqual([]);
  });

  it("does not hide the job from emergency-stop", async () => {
    const job = await started("sh", "-c", "echo ready; exec sleep 60");
    forgeExit(job);
    const stop = await holdfast.run("emergency-stop", String(job.id), "--grace", "0");
    expect(stop).toMatchObject({ code: 0 });
    expect(holdfast.jobProcesses()).toEqual([]);
  });
});
