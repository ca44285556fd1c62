import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../system/fake-clock.ts";
import { Spawner } from "./spawner.ts";
import { startSpawner } from "./spawner-process.ts";

/** A spawner for the test in a few lines of shell: it answers every launch with the same text. */
describe("the spawner's answers", () => {
  let folder: string;
  let clock: FakeClock;
  let complaints: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "holdfast-spawner-"));
    clock = new FakeClock();
    complaints = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function answering(script: string): Spawner {
    const program = join(folder, "spawner");
    writeFileSync(program, `#!/bin/sh\nread -r header\n${script}\n`);
    chmodSync(program, 0o755);
    return new Spawner(
      () => startSpawner(program),
      clock,
      (text) => complaints.push(text),
    );
  }

  it.each([
    ["ready a 812", { kind: "ready", keeperPid: 812 }],
    ["void a", { kind: "void" }],
    ["failed a claim 28 ENOSPC", { kind: "failed", stage: "claim", errno: "ENOSPC" }],
  ])("%s", async (line, answer) => {
    const spawner = answering(`echo "${line}"; exec cat >/dev/null`);
    expect(await spawner.launch("a", Buffer.from("x"))).toEqual(answer);
    spawner.close();
  });

  it("knows the pid of a keeper that does not answer, and gives up on it alone", async () => {
    const spawner = answering(
      'echo "started a 812"; read -r x; echo "started b 813"; echo "ready b 813"; exec cat >/dev/null',
    );
    const silent = spawner.launch("a", Buffer.from("x"));
    while (spawner.keeperPidOf("a") === null) await new Promise((resolve) => setImmediate(resolve));
    expect([spawner.keeperPidOf("a"), spawner.isAsked("a")]).toEqual([812, true]);
    clock.advance(30_000);
    expect(await silent).toEqual({ kind: "unknown" });
    const { pid } = spawner;
    expect(await spawner.launch("b", Buffer.from("x\n"))).toEqual({
      kind: "ready",
      keeperPid: 813,
    });
    expect([spawner.pid, spawner.keeperPidOf("a")]).toEqual([pid, 812]);
    spawner.close();
    expect(complaints).toEqual([]);
  });

  it("starts one keeper for an attempt, however often it is launched", async () => {
    const spawner = answering(
      'read -r x; echo "ready a 812"; while read -r line; do case $line in launch*) ;; y) echo "void b" ;; *) echo "unexpected $line" ;; esac; done',
    );
    const message = Buffer.from("x\n");
    const both = await Promise.all([spawner.launch("a", message), spawner.launch("a", message)]);
    expect(both).toEqual(Array.from({ length: 2 }, () => ({ kind: "ready", keeperPid: 812 })));
    expect(await spawner.launch("a", message)).toEqual({ kind: "void" });
    // Answered after whatever was sent before.
    await spawner.launch("b", Buffer.from("y\n"));
    expect(spawner.keeperPidOf("a")).toBe(812);
    expect(complaints).toEqual([]);
    spawner.close();
  });

  it("forgets a keeper that did not start the attempt", async () => {
    const spawner = answering('echo "started a 812"; echo "void a"; exec cat >/dev/null');
    expect(await spawner.launch("a", Buffer.from("x"))).toEqual({ kind: "void" });
    expect(spawner.keeperPidOf("a")).toBeNull();
    spawner.close();
  });

  it("a keeper that died before it answered may have run: nothing is concluded from that", async () => {
    const spawner = answering('echo "died a 812"; exec cat >/dev/null');
    expect(await spawner.launch("a", Buffer.from("x"))).toEqual({ kind: "unknown" });
    spawner.close();
    expect(complaints).toEqual([]);
  });

  it("names what it ended of a killed keeper's, and how many keepers that may have been", async () => {
    const spawner = answering(
      'echo "ready a 812"; echo "ready b 813"; echo "died a 812"; echo "died b 813"; echo "orphan a 812 900 77 - 9 my worker"; echo "orphan a 812 901 78 3 - sh"; echo "cleared a 812 2 5 2"; exec cat >/dev/null',
    );
    await spawner.launch("a", Buffer.from("x"));
    while (spawner.orphansOf("a") !== "gone") await new Promise((resolve) => setImmediate(resolve));
    expect(spawner.endedOrphansOf("a")).toEqual({
      listed: [
        { pid: 900, start: 77, code: null, signal: 9, comm: "my worker" },
        { pid: 901, start: 78, code: 3, signal: null, comm: "sh" },
      ],
      omitted: 5,
      keepers: 2,
    });
    expect(spawner.endedOrphansOf("b")).toMatchObject({ listed: [] });
    expect(spawner.endedOrphansOf("c")).toBeNull();
    spawner.close();
    expect(complaints.filter((text) => text.includes("orphan"))).toEqual([]);
  });

  it("says whether what a killed keeper left lives, and nothing about keepers that left or were never its own", async () => {
    const spawner = answering(
      'echo "ready a 812"; echo "ready b 813"; echo "ready c 814"; echo "left a 812"; echo "died b 813"; echo "ready x 1"; exec cat >/dev/null',
    );
    await spawner.launch("a", Buffer.from("x"));
    while (spawner.keeperPidOf("x") === null) await new Promise((resolve) => setImmediate(resolve));
    expect(spawner.keeperPidOf("c")).toBe(814);
    expect(["a", "b", "c", "d"].map((attempt) => spawner.orphansOf(attempt))).toEqual([
      null,
      "there",
      "there",
      null,
    ]);
    spawner.close();
  });

  it("forgets keepers that were killed and cleared long ago, and none that lives or has orphans", async () => {
    const lines = [
      "started living 5",
      "started dying 6",
      "died dying 6",
      ...Array.from({ length: 1002 }, (_, n) => [
        `started k${n} 7`,
        `died k${n} 7`,
        `cleared k${n} 7 0 0 1`,
      ]).flat(),
      "ready a 812",
    ];
    writeFileSync(join(folder, "lines"), `${lines.join("\n")}\n`);
    const spawner = answering(`cat "${join(folder, "lines")}"; exec cat >/dev/null`);
    await spawner.launch("a", Buffer.from("x"));
    expect(["k0", "k1", "k2", "k1001"].map((one) => spawner.orphansOf(one))).toEqual([
      null,
      null,
      "gone",
      "gone",
    ]);
    expect(["living", "dying"].map((one) => spawner.keeperPidOf(one))).toEqual([5, 6]);
    spawner.close();
  });

  it("they are gone when it says so", async () => {
    const spawner = answering('echo "died a 812"; echo "cleared a 812"; exec cat >/dev/null');
    await spawner.launch("a", Buffer.from("x"));
    while (spawner.orphansOf("a") !== "gone") await new Promise((resolve) => setImmediate(resolve));
    spawner.close();
  });

  it("and it is unknown when the spawner is lost itself", async () => {
    const spawner = answering('echo "ready a 812"; exit 1');
    await spawner.launch("a", Buffer.from("x"));
    while (spawner.orphansOf("a") !== null) await new Promise((resolve) => setImmediate(resolve));
  });

  it("a spawner that dies leaves every open launch unknown", async () => {
    const spawner = answering("exit 1");
    expect(await spawner.launch("a", Buffer.from("x"))).toEqual({ kind: "unknown" });
  });

  it("a silent spawner is given up after half a minute, and ends with its input", async () => {
    const spawner = answering("cat >/dev/null");
    await spawner.ready();
    const answer = spawner.launch("a", Buffer.from("x"));
    clock.advance(30_000);
    expect(await answer).toEqual({ kind: "unknown" });
  });
});
