import { afterEach, describe, expect, it } from "vitest";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();
afterEach(() => {
  holdfast.env["TZ"] = "UTC";
});

const shown = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}/;

describe("times for people", () => {
  it.each([
    ["Asia/Kolkata", "+0530"],
    ["America/Phoenix", "-0700"],
    ["", "+0000"],
    ["No/Such_Zone", "+0000"],
  ])("are in the zone of the person who asks (TZ=%s), not the server's", async (zone, offset) => {
    const id = await holdfast.ended("true");
    const { createdAtMs } = await holdfast.show(Number(id));
    holdfast.env["TZ"] = zone;
    const page = (await holdfast.run("show", id)).stdout;
    const submitted = /submitted +(.*)$/m.exec(page)?.[1] ?? "";
    expect(submitted).toMatch(shown);
    expect(submitted.endsWith(offset)).toBe(true);
    expect(Date.parse(submitted)).toBe(Math.floor(createdAtMs / 1000) * 1000);
    expect((await holdfast.run("receipt", id)).stdout).toMatch(shown);
    expect((await holdfast.run("server", "status")).stdout).toMatch(shown);
  });
});
