import { describe, expect, it } from "vitest";
import { findAbandoned } from "./abandoned.ts";
import type { Sighting } from "./attempt-sightings.ts";

const attempt = "0b8f3c1e-5a47-4e0e-9d3a-6f2f1c9a7b10";
const folder = `/state/attempts/${attempt}`;
const stat = (pid: number) => ({
  pid,
  comm: "python3",
  state: "S",
  ppid: 1,
  processGroup: pid,
  session: pid,
  threads: 1,
  start: pid,
  cpuTicks: 0,
  argStart: 0,
});
const payload: Sighting = {
  stat: stat(12),
  attempt,
  job: 7,
  isKeeper: false,
  recorded: folder,
  openFolder: null,
  removedFolder: null,
  isOfOurMounts: true,
};
const keeper: Sighting = {
  ...payload,
  stat: stat(11),
  job: null,
  isKeeper: true,
  recorded: null,
};

const find = (
  sightings: readonly Sighting[],
  paths: readonly string[] = [],
  known: readonly string[] = [],
) =>
  findAbandoned(
    sightings,
    (id) => known.includes(id),
    (path) => paths.includes(path),
  );

describe("an attempt whose state folder is gone", () => {
  it("is found with its keeper, its processes and where the folder was", () => {
    expect(find([keeper, payload])).toEqual([
      {
        attempt,
        job: 7,
        keeper: keeper.stat,
        members: [payload.stat],
        stateDir: "/state",
        movedTo: null,
      },
    ]);
  });

  it("is found by a file without a name when no environment says where the folder was", () => {
    const silent = { ...payload, recorded: null, removedFolder: folder };
    expect(find([keeper, silent])).toMatchObject([{ stateDir: "/state" }]);
  });

  it("is found when another folder is in the place of its own, as long as its keeper lives", () => {
    expect(find([keeper, payload], ["/state"])).toHaveLength(1);
    // Its job may have been removed: then what it left does not count as an attempt any more.
    expect(find([payload], ["/state"])).toEqual([]);
  });

  it("is distinguished from an attempt whose folder was moved", () => {
    const at = `/elsewhere/attempts/${attempt}`;
    const found = find([keeper, { ...payload, openFolder: at }], [at]);
    expect(found).toMatchObject([{ stateDir: "/state", movedTo: "/elsewhere" }]);
  });

  it("is not an attempt that the records have, or whose folder is there", () => {
    expect(find([keeper, payload], [], [attempt])).toEqual([]);
    expect(find([keeper, payload], ["/state", folder])).toEqual([]);
  });

  it("is not concluded from paths of another mount namespace, or from none", () => {
    const inside = { ...payload, isOfOurMounts: false };
    expect(find([{ ...keeper, isOfOurMounts: false }, inside])).toEqual([]);
    expect(find([keeper, { ...payload, recorded: null }])).toEqual([]);
  });

  it("does not count what has ended", () => {
    const zombie = { ...payload, stat: { ...stat(13), state: "Z" } };
    expect(find([keeper, payload, zombie])[0]?.members).toEqual([payload.stat]);
  });
});
