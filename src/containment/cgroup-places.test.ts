import { describe, expect, it } from "vitest";
import { placesIn } from "./cgroup-places.ts";

const mountPoint = "/sys/fs/cgroup";
const at = (path: string, systemd: boolean) =>
  placesIn({ version: 2, controllers: [], mountPoint, own: mountPoint + path }, systemd);

describe("without systemd", () => {
  it("the root is a place like any other", () => {
    expect(at("", false)).toEqual([{ parent: mountPoint, enabling: "may", leaf: false }]);
  });

  it("the own group comes first, and this process may leave it for a leaf", () => {
    const places = at("/lxc/x", false);
    expect(places[0]).toEqual({ parent: `${mountPoint}/lxc/x`, enabling: "may", leaf: true });
    expect(places[1]?.parent).toBe(mountPoint);
  });

  it("a process that has gone into the leaf looks beside it", () => {
    expect(at("/lxc/x/holdfast-server", false)).toEqual(at("/lxc/x", false));
  });
});

describe("under systemd", () => {
  it("at the root only what is enabled already is used", () => {
    expect(at("/user.slice/s.scope", true).at(-1)).toMatchObject({
      parent: mountPoint,
      enabling: { not: expect.stringContaining("systemd-run --user --scope") as unknown },
    });
  });

  it("a scope's own group is a place: nothing is ever started into it again", () => {
    expect(at("/user.slice/run-1.scope", true)[0]).toEqual({
      parent: `${mountPoint}/user.slice/run-1.scope`,
      enabling: "may",
      leaf: true,
    });
  });

  it("no controller is enabled in a service's own group: it could not be restarted", () => {
    expect(at("/system.slice/holdfast.service", true)[0]).toMatchObject({
      enabling: { not: expect.stringContaining("DelegateSubgroup=server") as unknown },
      leaf: false,
    });
  });

  it("with DelegateSubgroup= the unit's group is the place, and no process has to move", () => {
    expect(at("/system.slice/holdfast.service/server", true)[0]).toEqual({
      parent: `${mountPoint}/system.slice/holdfast.service`,
      enabling: "may",
      leaf: false,
    });
  });
});
