import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PrivateServer } from "./harness/private-server.ts";
import { Disk } from "./torture/disk.ts";

const disk = Disk.mount(32);

let holdfast: PrivateServer;
beforeAll(async () => {
  if (disk === null) return;
  holdfast = new PrivateServer({ HOLDFAST_STATE_DIR: join(disk.path, "state") });
  await holdfast.up();
});
afterAll(async () => {
  disk?.free();
  if (disk !== null) await holdfast.remove();
  disk?.unmount();
});

it.runIf(disk !== null)(
  "wait prints that an end cannot be recorded for want of room, and ends when there is room",
  async () => {
    const gate = join(holdfast.stateDir, "gate");
    execFileSync("mkfifo", [gate]);
    const id = await holdfast.submit("sh", "-c", `read x < ${gate}`);
    const wait = holdfast.start(["wait", String(id)]);
    let job = await holdfast.show(id);
    while (job.state !== "running") job = await holdfast.show(id);
    disk?.fill();
    writeFileSync(gate, "go\n");
    await wait.says(
      /every process has ended, and the keeper cannot write exit\.json in .*make room/,
    );
    disk?.free();
    expect(await wait.ended).toMatchObject({ code: 0 });
    await holdfast.expectNothingLeft();
  },
);
