import { afterEach, beforeEach, expect, it } from "vitest";
import { accepted, Supervised } from "../testing/supervised.ts";

let server: Supervised;

beforeEach(async () => {
  server = await Supervised.begin();
});

afterEach(() => server.end());

const asked = { asked_ms: 1000, frozen_ms: 1002, ended_ms: null, end: null };
const resumed = { ...asked, ended_ms: 5000, end: "resume" as const };

it("shows the pauses of a job that runs, as its keeper reports them", async () => {
  const { id, attempt } = await server.running();
  expect(accepted(await server.supervisor.show(id)).pauses).toMatchObject({ count: 0, list: [] });
  attempt.report({ paused: true, paused_ms: 7, pauses: [asked] });
  expect(accepted(await server.supervisor.show(id)).pauses).toEqual({
    count: 1,
    totalMs: 7,
    list: [{ askedAtMs: 1000, frozenAtMs: 1002, endedAtMs: null, end: null }],
    complete: true,
  });
});

it("has them in the receipt, and shows them when the job has ended", async () => {
  const { id, attempt } = await server.running();
  attempt.report({ paused_ms: 4000, pauses: [resumed] });
  attempt.end();
  await server.reaches(id, "succeeded");
  const { pauses } = accepted(await server.supervisor.receipt(id));
  expect(pauses).toMatchObject({ count: 1, totalMs: 4000, list: [{ end: "resume" }] });
  expect(accepted(await server.supervisor.show(id)).pauses).toEqual(pauses);
});

it("has what a lost keeper had reported, and does not invent the end of its last pause", async () => {
  const { id, attempt } = await server.running();
  attempt.report({ paused: true, paused_ms: 7, pauses: [resumed, asked] });
  attempt.lose();
  server.clock.advance(60_000);
  await server.reaches(id, "lost");
  expect(accepted(await server.supervisor.receipt(id)).pauses).toMatchObject({
    complete: false,
    list: [{ end: "resume" }, { endedAtMs: null, end: null }],
  });
});
