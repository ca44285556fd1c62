import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobRequest } from "../contract/job-request.ts";
import { accepted, codeOf, Supervised } from "./testing/supervised.ts";

let server: Supervised;

beforeEach(async () => {
  server = await Supervised.begin();
});

afterEach(() => server.end());

describe("a server whose state folder was removed", () => {
  it("accepts and launches nothing, and still ends what runs", async () => {
    const { id, attempt } = await server.running();
    const waiting = await server.submit({ held: true });
    await server.restart({ database: "removed" });
    const refused = await server.supervisor.submit(
      jobRequest.parse({ command: ["true"], cwd: "/" }),
      null,
    );
    expect(refused).toMatchObject({ ok: false, refusal: { code: "state_folder_gone" } });
    expect((await server.supervisor.health()).warnings.join("\n")).toContain(
      "was removed while this server runs",
    );
    accepted(await server.supervisor.release(waiting.id));
    await server.supervisor.cancel(id, null);
    // Its record is never durable: there is nowhere to put it.
    attempt.endWithoutRecord({ reason: "cancel" });
    expect(await server.reaches(id, "cancelled")).toMatchObject({ outcome: { reason: "cancel" } });
    expect(accepted(await server.supervisor.show(waiting.id)).state).toBe("queued");
  });
});

describe("selecting", () => {
  it("takes ids, ranges, places from the last, and names", async () => {
    for (const name of ["a", "b", "b"]) await server.submit({ name, held: true });
    expect(accepted(await server.select("1,3"))).toEqual([3, 1]);
    expect(accepted(await server.select("2-3,1"))).toEqual([3, 2, 1]);
    expect(accepted(await server.select("@"))).toEqual([3]);
    expect(accepted(await server.select("@~2"))).toEqual([1]);
    expect(accepted(await server.select("a"))).toEqual([1]);
    expect(codeOf(await server.select("b"))).toBe("ambiguous_name");
    expect(codeOf(await server.select("@~3"))).toBe("no_such_job");
    expect(codeOf(await server.select("@x"))).toBe("bad_selector");
    expect(codeOf(await server.select("9"))).toBe("no_such_job");
  });
});
