import { describe, expect, it } from "vitest";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

describe("retry", () => {
  it("runs the same again, environment included", async () => {
    const id = await holdfast.ended("-e", "A=kept", "sh", "-c", 'echo "$A"');
    const again = (await holdfast.run("retry", id)).stdout.trim();
    await holdfast.run("wait", again);
    expect((await holdfast.run("logs", again)).stdout).toBe("kept\n");
    expect(await holdfast.show(Number(again))).toMatchObject({ retryOf: Number(id) });
  });
});
