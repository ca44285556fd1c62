import { describe, expect, it } from "vitest";
import type { Receipt } from "../src/client/client.ts";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

describe("receipt", () => {
  it("names the processes, how each ended, and what proves that nothing is left", async () => {
    const id = await holdfast.ended("sh", "-c", "sleep 60 & exit 2");
    const { stdout } = await holdfast.run("receipt", id, "--json");
    const receipt = JSON.parse(stdout) as Receipt;
    expect(receipt).toMatchObject({ state: "failed", outcome: { code: 2, leftovers: 1 } });
    expect(receipt.processes.map(({ command }) => command).toSorted()).toEqual(["sh", "sleep"]);
    const page = (await holdfast.run("receipt", id)).stdout;
    expect(page).toContain(`  proof `);
    expect(page).toMatch(/\d+ {2}sleep +after the first signal +SIGTERM/);
  });

  it("is not there before the end", async () => {
    const id = String(await holdfast.submit("--hold", "true"));
    const { code, stderr } = await holdfast.run("receipt", id);
    expect(stderr).toContain("The job has no receipt yet");
    expect(code).toBe(1);
    await holdfast.run("cancel", id);
  });
});
