import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accepted, codeOf, Supervised } from "../testing/supervised.ts";

let server: Supervised;

beforeEach(async () => {
  server = await Supervised.begin();
});

afterEach(() => server.end());

describe("retrying and removing", () => {
  it("an ended job: a new one with the same specification and environment; the old one stays as it is", async () => {
    const { id, attempt } = await server.running({ env: { A: "1" }, name: "train" });
    expect(codeOf(await server.supervisor.retry(id))).toBe("not_ended");
    attempt.end({ main: { pid: 812, code: 1, signal: null, core: false } });
    await server.reaches(id, "failed");
    const again = accepted(await server.supervisor.retry(id));
    expect(again).toMatchObject({ retryOf: id, spec: { name: "train" } });
    await server.reaches(again.id, "running");
    expect(server.engine.of(again.id).spec.env).toMatchObject({ A: "1" });
    expect(accepted(await server.supervisor.show(id)).state).toBe("failed");
  });

  it("an ended job has no secrets any more: its retry names them, and takes them from the request", async () => {
    const env = { A: "1", HF_TOKEN: "canary-1", URL: "postgres://ada:canary-2@db/x" };
    const { id, attempt } = await server.running({ env });
    expect(server.store.jobs.environmentOf(id)).toEqual(env);
    attempt.end({ main: { pid: 812, code: 1, signal: null, core: false } });
    await server.reaches(id, "failed");
    expect(server.store.jobs.environmentOf(id)).toEqual({ A: "1" });
    expect(accepted(await server.supervisor.show(id)).spec.envNames).toEqual([
      "A",
      "HF_TOKEN",
      "URL",
    ]);
    expect(await server.supervisor.retry(id, { HF_TOKEN: "x" })).toMatchObject({
      ok: false,
      refusal: { code: "secrets_removed", details: { names: "URL", options: "-e URL" } },
    });
    expect(await server.supervisor.retry(id)).toMatchObject({
      refusal: { details: { names: "HF_TOKEN, URL", options: "-e HF_TOKEN -e URL" } },
    });
    const again = accepted(await server.supervisor.retry(id, { HF_TOKEN: "x", URL: "y" }));
    await server.reaches(again.id, "running");
    expect(server.engine.of(again.id).spec.env).toMatchObject({ A: "1", HF_TOKEN: "x", URL: "y" });
  });

  it("a job that has not ended keeps its secrets for its next attempt, and an ended job keeps them with keep_secrets", async () => {
    const env = { HF_TOKEN: "x", CODE: "y" };
    const { id: waits } = await server.submit({ env, held: true });
    expect(server.store.jobs.environmentOf(waits)).toEqual(env);
    server.supervisor.close();
    await server.start({ env: { HOLDFAST_JOBS_KEEP_SECRETS: "true" } });
    accepted(await server.supervisor.cancel(waits, null));
    expect(server.store.jobs.environmentOf(waits)).toEqual(env);
    accepted(await server.supervisor.retry(waits));
    // Without it, what was kept is removed at the next start.
    server.supervisor.close();
    await server.start({ env: { HOLDFAST_JOBS_SECRETS: "CODE" } });
    expect(server.store.jobs.environmentOf(waits)).toEqual({});
  });

  it("an ended job goes with its folder; a live one is refused", async () => {
    const { id, attempt } = await server.running();
    expect(codeOf(await server.supervisor.remove(id))).toBe("not_ended");
    attempt.end();
    await server.reaches(id, "succeeded");
    accepted(await server.supervisor.remove(id));
    expect(codeOf(await server.supervisor.show(id))).toBe("no_such_job");
    expect(server.engine.discarded).toEqual([attempt.row.id]);
  });
});
