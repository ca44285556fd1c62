import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accepted, Supervised } from "../testing/supervised.ts";
import { eventually } from "../../system/eventually.ts";

let server: Supervised;

beforeEach(async () => {
  server = await Supervised.begin();
});

afterEach(() => server.end());

describe("an exit record that is not its keeper's", () => {
  const survivor = {
    identity: { pid: 900, start: 1, inode: 0 },
    comm: "python3",
    state: "R",
    ties: ["cookie" as const],
  };
  const forged = { seal: "0".repeat(32) };

  it("ends nothing when another process reports it in the keeper's place", async () => {
    const { id, attempt } = await server.running();
    const { listener } = attempt;
    attempt.end(forged);
    attempt.keeperAlive = true;
    expect(listener).not.toBeNull();
    await eventually(() => attempt.listener !== null);
    expect(accepted(await server.supervisor.show(id)).state).toBe("running");
    attempt.end();
    await server.reaches(id, "succeeded");
  });

  it("is ignored once the keeper is gone: how the job ended is unknown", async () => {
    const { id, attempt } = await server.running();
    server.supervisor.close();
    attempt.end(forged);
    await server.start();
    expect(await server.reaches(id, "lost")).toMatchObject({ reason: "keeper_lost" });
    expect(accepted(await server.supervisor.receipt(id)).proof.kind).toBe("sweep");
  });

  it("counts if the seal is not known any more and no process is found, and the receipt says so", async () => {
    const { id, attempt } = await server.running();
    server.supervisor.close();
    mkdirSync(join(server.folder, attempt.row.id));
    attempt.end(forged);
    server.forgetStart(id);
    await server.start();
    await server.reaches(id, "succeeded");
    const { proof, unproven } = accepted(await server.supervisor.receipt(id));
    expect(proof.kind).toBe("sweep");
    expect(unproven.map(({ what }) => what)).toContain("what the exit record says");
  });

  it("does not count there while a process is found, nor when the search was cut short and the process is gone", async () => {
    const { id, attempt } = await server.running();
    server.supervisor.close();
    mkdirSync(join(server.folder, attempt.row.id));
    attempt.end(forged);
    attempt.survivors = [survivor];
    server.forgetStart(id);
    await server.start();
    await server.reaches(id, "stopping");
    server.supervisor.close();
    attempt.survivors = [];
    await server.start();
    expect(await server.reaches(id, "lost")).toMatchObject({ reason: "keeper_lost" });
  });
});
