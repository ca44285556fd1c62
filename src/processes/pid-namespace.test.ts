import { describe, expect, it } from "vitest";
import { foreignProc, ownPidNamespace, sightOf, type Viewpoint } from "./pid-namespace.ts";

const from: Viewpoint = {
  bootId: "this boot",
  namespace: { inode: 100, init: 7, offset: "0" },
  isEmpty: () => null,
};
const recorded = (namespace: Viewpoint["namespace"], bootId = "this boot") => ({
  bootId,
  namespace,
});

describe("whether a record's pids can be judged", () => {
  it("can be judged in the same namespace", () => {
    expect(sightOf(recorded({ inode: 100, init: 7, offset: "0" }), from)).toBe("here");
  });

  it("cannot be judged from another namespace, which may be alive", () => {
    expect(sightOf(recorded({ inode: 200, init: 7, offset: "0" }), from)).toBe("elsewhere");
    const sees = { ...from, isEmpty: () => false };
    expect(sightOf(recorded({ inode: 200, init: 7, offset: "0" }), sees)).toBe("elsewhere");
  });

  it("has ended where every process was asked and none is of its namespace", () => {
    const sees = { ...from, isEmpty: (inode: number) => inode === 200 };
    expect(sightOf(recorded({ inode: 200, init: 7, offset: "0" }), sees)).toBe("ended");
  });

  it("has ended where another namespace has its number now", () => {
    expect(sightOf(recorded({ inode: 100, init: 9, offset: "0" }), from)).toBe("ended");
  });

  it("cannot be judged where start times are shifted, whatever process 1 seems to be", () => {
    expect(sightOf(recorded({ inode: 100, init: 7, offset: "5" }), from)).toBe("elsewhere");
    expect(sightOf(recorded({ inode: 100, init: 9, offset: "5" }), from)).toBe("elsewhere");
  });

  it("is of another boot before anything else", () => {
    expect(sightOf(recorded({ inode: 200, init: 7, offset: "0" }, "another"), from)).toBe(
      "restarted",
    );
  });

  it("is judged as before where the namespace was not recorded or is not known", () => {
    expect(sightOf(recorded(null), from)).toBe("here");
    expect(
      sightOf(recorded({ inode: 200, init: 7, offset: "0" }), { ...from, namespace: null }),
    ).toBe("here");
    expect(sightOf(recorded({ inode: 100, init: null, offset: null }), from)).toBe("here");
  });
});

it("reads the namespace of this very process, whose /proc is its own", () => {
  expect(ownPidNamespace()).toMatchObject({
    inode: expect.any(Number),
    offset: expect.any(String),
  });
  expect(foreignProc()).toBeNull();
});
