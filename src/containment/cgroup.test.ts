import { mkdtempSync, rmdirSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ownCgroupNamespace } from "../processes/pid-namespace.ts";
import { isPopulated } from "./cgroup.ts";
import { provenEmpty } from "./survivors.ts";

const cgroup2 = 0x63677270;
const mount = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].find((path) => typeOf(path) === cgroup2);

function typeOf(path: string): number | null {
  try {
    return statfsSync(path).type;
  } catch {
    return null;
  }
}

describe("a group that is missing", () => {
  it("may be alive where no cgroup hierarchy is mounted at its path", () => {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-no-cgroups-"));
    const group = { path: join(folder, "holdfast/1"), namespace: ownCgroupNamespace() };
    expect(isPopulated(group)).toBe(null);
    expect(provenEmpty(group)).toBe(null);
    rmdirSync(folder);
  });

  it("may be alive where its path is another cgroup namespace's", () => {
    const path = join(mount ?? "/sys/fs/cgroup", "holdfast-no-such-group/1");
    expect(isPopulated({ path, namespace: 1 })).toBe(null);
    expect(provenEmpty({ path, namespace: 1 })).toBe(null);
  });

  it("was removed, and so was empty, where it would be seen", () => {
    // Without a hierarchy there is nowhere to see it.
    const seen = mount === undefined ? null : false;
    const path = join(mount ?? "/sys/fs/cgroup", "holdfast-no-such-group/1");
    expect(isPopulated({ path, namespace: ownCgroupNamespace() })).toBe(seen);
    expect(isPopulated({ path })).toBe(seen);
  });
});

it("an attempt without a group is proven empty by none", () => {
  expect(provenEmpty(null)).toBe(null);
});
