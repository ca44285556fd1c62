import { expect, it } from "vitest";
import type { Pauses } from "../../contract/pauses.ts";
import { describePauses } from "./pauses.ts";

const at = Date.parse("2026-11-22T14:00:00Z");
const one = { askedAtMs: at, frozenAtMs: at + 3, endedAtMs: at + 90_000, end: "resume" as const };
const of = (change: Partial<Pauses>): Pauses => ({
  count: change.list?.length ?? 0,
  totalMs: 90_000,
  list: [],
  complete: true,
  ...change,
});
const ended = (pauses: Pauses | null | undefined) => describePauses(pauses, { over: true });

it("says from when to when a job was paused, and what ended the pause", () => {
  const first = "from 2026-11-22 14:00:00 +0000 to 14:01:30.000 (1m 30s)";
  expect(ended(of({ list: [one] }))).toBe(first);
  expect(ended(of({ list: [{ ...one, end: "stop" }] }))).toBe(`${first}, until its stop`);
  expect(ended(of({ list: [one, one], totalMs: 180_000 }))).toBe(
    `${first}; ${first}; 3m 0s in all`,
  );
});

it("says since when a job is paused", () => {
  const lasts = { ...one, endedAtMs: null, end: null };
  expect(describePauses(of({ list: [lasts] }), { over: false })).toBe(
    "since 2026-11-22 14:00:00 +0000",
  );
});

it("counts them where there are many", () => {
  expect(ended(of({ count: 40, list: Array.from({ length: 32 }, () => one) }))).toBe(
    "40 pauses, 1m 30s in all",
  );
});

it("claims only what was seen", () => {
  expect(ended(null)).toBe("not known: its keeper was lost");
  expect(describePauses(null, { over: false })).toBeNull();
  expect(ended(undefined)).toBeNull();
  expect(ended(of({ count: 0, totalMs: 0 }))).toBeNull();
  expect(ended(of({ count: null }))).toBe("1m 30s in all; an older keeper did not record when");
  const lost = { complete: false, list: [{ ...one, endedAtMs: null, end: null }] };
  expect(ended(of(lost))).toMatch(/its end is not known; as its keeper reported/);
  expect(ended(of({ list: [{ ...one, frozenAtMs: null }] }))).toMatch(/not all .* seen frozen$/);
  expect(ended(of({ list: [{ ...one, frozenAtMs: at + 4000 }] }))).toMatch(
    /all frozen 4s after the request$/,
  );
});
