import { describe, expect, it } from "vitest";
import { findManager, isBootedBySystemd, isGoingDown, type Surroundings } from "./systemd.ts";

const machine = (more: Partial<Surroundings>, ...paths: string[]): Surroundings => ({
  uid: 1000,
  userName: () => "lab",
  runtimeDir: undefined,
  exists: (path) => paths.includes(path),
  ...more,
});

describe("which systemd to ask for a scope", () => {
  it("root asks the machine's", () => {
    expect(findManager(machine({ uid: 0 }))).toEqual({ kind: "system", env: {} });
  });

  it("others ask their own, where their session says it is", () => {
    expect(
      findManager(machine({ runtimeDir: "/run/user/1000" }, "/run/user/1000/systemd/private")),
    ).toEqual({ kind: "user", env: { XDG_RUNTIME_DIR: "/run/user/1000" } });
  });

  it("outside a session it is where it always is", () => {
    expect(findManager(machine({}, "/run/user/1000/systemd/private"))).toMatchObject({
      kind: "user",
      env: { XDG_RUNTIME_DIR: "/run/user/1000" },
    });
  });

  it("where it does not run, the message says what starts it", () => {
    expect(findManager(machine({}))).toEqual({
      not: expect.stringContaining("sudo loginctl enable-linger lab") as unknown,
    });
  });

  it("systemd in a container's file system, but not as its init, is not asked", () => {
    expect(isBootedBySystemd(machine({}, "/usr/lib/systemd/systemd"))).toBe(false);
    expect(isBootedBySystemd(machine({}, "/run/systemd/system"))).toBe(true);
  });
});

describe("a shutdown that is going on", () => {
  const booted = ["/run/systemd/system"];
  const own = "/run/user/1000/systemd/private";
  const saying = (states: Partial<Record<"system" | "user", string>>) => {
    const asked: string[] = [];
    const ask = async ({ kind }: { kind: "system" | "user" }) => {
      asked.push(kind);
      return states[kind] ?? "running";
    };
    return { asked, ask };
  };

  it("is that of the machine, or of everything that the user runs", async () => {
    const ofMachine = saying({ system: "stopping" });
    expect(await isGoingDown(machine({ uid: 0 }, ...booted), ofMachine.ask)).toBe(true);
    expect(ofMachine.asked).toEqual(["system"]);
    const ofUser = saying({ user: "stopping" });
    expect(await isGoingDown(machine({}, ...booted, own), ofUser.ask)).toBe(true);
    expect(ofUser.asked).toEqual(["system", "user"]);
  });

  it("is none where both run, neither answers, or there is no systemd", async () => {
    const { ask, asked } = saying({ system: "degraded" });
    expect(await isGoingDown(machine({}, ...booted, own), ask)).toBe(false);
    expect(await isGoingDown(machine({}, ...booted), saying({ system: "" }).ask)).toBe(false);
    expect(await isGoingDown(machine({}), saying({ system: "stopping" }).ask)).toBe(false);
    expect(asked).toEqual(["system", "user"]);
  });
});
