import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobRequest } from "../../contract/job-request.ts";
import type { JobEvent } from "../../contract/event.ts";
import { codeOf, Supervised } from "../testing/supervised.ts";

let server: Supervised;

beforeEach(async () => {
  server = await Supervised.begin();
});

afterEach(() => server.end());

describe("submitting", () => {
  it("twice with one key makes one job; with one key and another request is refused", async () => {
    const first = await server.submit({ name: "a" }, "key-1");
    expect((await server.submit({ name: "a" }, "key-1")).id).toBe(first.id);
    const other = jobRequest.parse({ command: ["true"], cwd: "/", name: "b" });
    expect(codeOf(await server.supervisor.submit(other, "key-1"))).toBe("idempotency_mismatch");
  });

  it.each([
    [{ cwd: "/nonexistent" }, "no_such_folder"],
    [{ command: ["echo", "x".repeat(200_000)] }, "command_too_long"],
    [
      { command: ["echo", ...Array.from({ length: 30 }, () => "x".repeat(100_000))] },
      "command_too_long",
    ],
  ])("what cannot run is refused: %#", async (request, code) => {
    const valid = jobRequest.parse({ command: ["true"], cwd: "/", ...request });
    expect(codeOf(await server.supervisor.submit(valid, null))).toBe(code);
  });

  it("never gives values of the environment back", async () => {
    const seen: JobEvent[] = [];
    server.supervisor.subscribe(null, (event) => seen.push(event));
    const { id, attempt } = await server.running({ env: { TOKEN: "canary-value" } });
    expect(attempt.spec.env).toMatchObject({ TOKEN: "canary-value" });
    attempt.end();
    await server.reaches(id, "succeeded");
    const everything = [
      await server.supervisor.show(id),
      await server.supervisor.receipt(id),
      await server.supervisor.events({ job: null, after: 0, limit: 100 }),
      seen,
    ];
    expect(JSON.stringify(everything)).not.toContain("canary-value");
  });
});
