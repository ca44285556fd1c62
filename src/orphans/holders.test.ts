import { describe, expect, it } from "vitest";
import { fakeScene } from "./fake-scene.ts";
import { identityKey, type Scene } from "./scene.ts";
import { holdersOf } from "./holders.ts";

const scene: Scene = {
  ...fakeScene(
    { pid: 50, start: 7 },
    { pid: 51, ppid: 50, session: 50 },
    { pid: 60 },
    { pid: 61, ppid: 60, comm: "holdfast-keeper" },
    { pid: 70, session: 69 },
  ),
  ownPid: 60,
  adopted: new Map([[identityKey({ pid: 50, start: 7 }), 12]]),
};

describe("holdfast holders pid:", () => {
  it.each([
    [50, { owner: "job 12, which has adopted it", hint: "holdfast cancel 12", jobId: 12 }],
    [51, { owner: "job 12, which has adopted it", hint: "holdfast cancel 12", jobLives: true }],
    [60, { owner: "Holdfast's server", hint: "holdfast server stop", jobId: null }],
    [61, { owner: "Holdfast", hint: expect.stringContaining("holdfast ls") }],
    [70, { hint: "holdfast orphans plan 70; if it is not suspected: kill 70" }],
  ])("%i has its owner and a command that ends only this process", (pid, expected) => {
    expect(holdersOf(`pid:${pid}`, scene)).toMatchObject({
      ok: true,
      value: { holders: [expected] },
    });
  });

  it.each(["pid:0x32", "pid: 50", "pid:5e1", "pid:", "port:65536"])("refuses %j", (target) => {
    expect(holdersOf(target, scene)).toMatchObject({
      ok: false,
      refusal: { code: "invalid_request" },
    });
  });
});
