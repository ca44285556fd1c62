import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timeBeside, timestamp, withLocalTimes } from "./time.ts";

const file = new URL("time.ts", import.meta.url).href;

/** What a process with this TZ shows; null: without TZ. */
function inZone(TZ: string | null, ...atMs: number[]): string[] {
  const script = `import { timestamp } from ${JSON.stringify(file)};
    console.log(JSON.stringify(${JSON.stringify(atMs)}.map((at) => timestamp(at))));`;
  const { TZ: _own, ...env } = process.env;
  const options = { env: TZ === null ? env : { ...env, TZ }, encoding: "utf8" } as const;
  const out = execFileSync(process.execPath, ["--input-type=module", "-e", script], options);
  return JSON.parse(out) as string[];
}

const winter = Date.UTC(2026, 10, 30, 14, 4, 5, 678);

describe("a time for people", () => {
  it.each([
    ["Europe/Zurich", "2026-11-30 15:04:05 +0100"],
    ["America/New_York", "2026-11-30 09:04:05 -0500"],
    ["Asia/Kolkata", "2026-11-30 19:34:05 +0530"],
    ["America/St_Johns", "2026-11-30 10:34:05 -0330"],
    ["Pacific/Kiritimati", "2026-12-01 04:04:05 +1400"],
    ["UTC", "2026-11-30 14:04:05 +0000"],
    ["", "2026-11-30 14:04:05 +0000"],
    ["No/Such_Zone", "2026-11-30 14:04:05 +0000"],
  ])("is that of the zone %s", (zone, shown) => {
    expect(inZone(zone, winter)).toEqual([shown]);
  });

  it("without TZ is in the machine's zone, and means the same moment", () => {
    const [shown = ""] = inZone(null, winter);
    expect(Date.parse(shown)).toBe(winter - 678);
  });

  it("distinguishes the two equal hours at the end of summer time", () => {
    const first = Date.UTC(2026, 9, 25, 0, 30);
    expect(inZone("Europe/Zurich", first, first + 3_600_000)).toEqual([
      "2026-10-25 02:30:00 +0200",
      "2026-10-25 02:30:00 +0100",
    ]);
  });

  it("means the moment that it was made from, whatever that was", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (atMs) => {
        expect(Date.parse(timestamp(atMs))).toBe(Math.floor(atMs / 1000) * 1000);
      }),
    );
  });

  it("does not fail if a damaged record contains no time", () => {
    expect(timestamp(9e15)).toBe("unknown time +0000");
  });
});

it("beside another one only what differs is shown", () => {
  const time = timestamp(winter).slice(11, 19);
  expect(timeBeside(winter, winter + 1)).toBe(`${time}.678`);
  expect(timeBeside(winter, null)).toBe(timestamp(winter).replace(time, `${time}.678`));
  expect(timeBeside(winter, winter - 864e5)).toContain(timestamp(winter).slice(0, 10));
});

it("a sentence of the server gets local times, and nothing else of it changes", () => {
  expect(withLocalTimes("at 2026-11-30T14:04:05.678Z, in /x/2026-11-30T14-04-05")).toBe(
    `at ${timestamp(winter)}, in /x/2026-11-30T14-04-05`,
  );
});
