import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accepted, codeOf, Supervised } from "../testing/supervised.ts";

let server: Supervised;

beforeEach(async () => {
  server = await Supervised.begin();
});

afterEach(() => server.end());

describe("holding and pausing", () => {
  it("a held job waits for its release", async () => {
    const { id } = await server.submit({ held: true });
    expect(accepted(await server.supervisor.show(id)).state).toBe("held");
    accepted(await server.supervisor.release(id));
    await server.reaches(id, "running");
    expect(codeOf(await server.supervisor.hold(id))).toBe("not_allowed_now");
  });

  it("a job is paused when its keeper says that everything is frozen", async () => {
    const { id, attempt } = await server.running();
    const asked = server.supervisor.pause(id);
    expect(attempt.said).toEqual(["pause"]);
    attempt.report({ paused: true });
    expect(accepted(await asked).state).toBe("paused");
    const resumed = server.supervisor.resume(id);
    attempt.report({ paused: false });
    expect(accepted(await resumed).state).toBe("running");
  });
});
