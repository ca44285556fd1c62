import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { once } from "node:events";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Checkout, ended, says } from "./launcher/checkout.ts";

const isRoot = process.getuid?.() === 0;

let checkout: Checkout;
beforeEach(() => {
  checkout = new Checkout();
});
afterEach(() => checkout.remove());

describe("the first start", () => {
  it("builds, prints each step on stderr, and passes the arguments on unchanged", async () => {
    const { code, stdout, stderr } = await checkout.run(["run", "two parts", "", "--", "*"]);
    expect(stdout).toBe('first ["run","two parts","","--","*"]\n');
    expect(stderr).toMatch(
      /^holdfast: keeper \.\.\. \d+\.\d s\nholdfast: bundle \.\.\. \d+\.\d s\n$/,
    );
    expect(code).toBe(0);
  });

  it("names the packages to install where there is no C compiler, and works once there is", async () => {
    const { env } = checkout;
    checkout.onlyPrograms("sh node make uname sed rm mkdir mv ln readlink flock".split(" "));
    const without = await checkout.run();
    expect(without.stderr).toBe(
      "holdfast: the keeper is written in C, and this machine has no cc\n" +
        "  On Debian and Ubuntu: apt-get install gcc libc6-dev make\n" +
        "  On Fedora: dnf install gcc make; on macOS: xcode-select --install\n",
    );
    expect(without.code).toBe(1);
    expect(existsSync(checkout.file("build/cli.cjs"))).toBe(false);

    checkout.env = env;
    expect(await checkout.run()).toMatchObject({ code: 0, stdout: "first []\n" });
  });

  it("shows the compiler's last output and names the log where the keeper does not compile", async () => {
    checkout.write("native/keeper/keeper.c", "int main(void) { return nothing; }\n");
    const { code, stderr } = await checkout.run();
    expect(stderr).toContain("make -C failed (exit code 2)");
    expect(stderr).toContain("undeclared");
    expect(stderr).toContain(checkout.file(".toolchain/set-up.log"));
    expect(code).toBe(1);
  });
});

describe("where the state folder cannot be made", () => {
  // Below a file: root may write to any folder of a file system that takes anything.
  let impossible: string;
  beforeEach(() => {
    impossible = checkout.file("package.json");
  });

  it("says so before it builds anything, and which variable names another folder", async () => {
    checkout.env = { ...checkout.env, HOLDFAST_STATE_DIR: join(impossible, "state") };
    const { code, stdout, stderr } = await checkout.run(["ls"]);
    expect(stderr).toBe(
      `holdfast: may not write to ${impossible}, where its state belongs: ${join(impossible, "state")}\n` +
        "  Name another folder: export HOLDFAST_STATE_DIR=/path/to/folder\n",
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(existsSync(checkout.file("build/cli.cjs"))).toBe(false);
  });

  it("samples in HOME where no variable names a folder", async () => {
    const { HOLDFAST_STATE_DIR: _, XDG_STATE_HOME: __, ...env } = checkout.env;
    checkout.env = { ...env, HOME: impossible };
    const folder = join(impossible, ".local/state/holdfast");
    expect((await checkout.run(["ls"])).stderr).toContain(folder);
  });

  it("builds for what needs no state", async () => {
    checkout.env = { ...checkout.env, HOLDFAST_STATE_DIR: join(impossible, "state") };
    expect(await checkout.run(["version"])).toMatchObject({ code: 0 });
  });
});

describe("dependencies", () => {
  it("are installed with the global configuration of the user's own npm", async () => {
    rmSync(checkout.file("node_modules"));
    checkout.fakeNpm();
    expect(await checkout.run()).toMatchObject({ code: 0 });
    expect(readFileSync(checkout.file("npm/seen"), "utf8")).toBe(`${checkout.file("npm")}/npmrc\n`);
  });
});

describe("a checkout of another user", () => {
  it.skipIf(!isRoot)("that has changed since it was built runs the older build", async () => {
    await checkout.run();
    checkout.program("second");
    checkout.asUser(65_534);
    const { code, stdout, stderr } = await checkout.run(["cancel", "1"]);
    expect(stdout).toBe('first ["cancel","1"]\n');
    expect(stderr).toBe(
      `holdfast: ${checkout.path} has changed since it was built, and only its owner can build it: this is the older build\n`,
    );
    expect(code).toBe(0);
  });

  it.skipIf(!isRoot)("that was built with a private umask can be used", async () => {
    const before = process.umask(0o077);
    try {
      await checkout.run();
    } finally {
      process.umask(before);
    }
    checkout.asUser(65_534);
    expect(await checkout.run(["ls"])).toEqual({ code: 0, stdout: 'first ["ls"]\n', stderr: "" });
  });

  it.skipIf(!isRoot)(
    "that was never built cannot be used, and the owner's part is named",
    async () => {
      checkout.asUser(65_534);
      const { code, stderr } = await checkout.run(["ls"]);
      expect(stderr).toContain(`holdfast: may not write to ${checkout.path}`);
      expect(stderr).toContain("start it once as their owner");
      expect(code).toBe(1);
    },
  );
});

describe.skipIf(!isRoot)("an ordinary user's checkout", () => {
  const uid = 65_534;
  const filesOfRoot = () =>
    execFileSync("find", [checkout.path, "-uid", "0"], { encoding: "utf8" }).trim();

  beforeEach(async () => {
    await checkout.run();
    checkout.givenTo(uid);
  });

  it("is used by root without a file of root's in it, also when it has changed", async () => {
    checkout.asRoot();
    expect(await checkout.run(["ls"])).toEqual({ code: 0, stdout: 'first ["ls"]\n', stderr: "" });
    checkout.program("second");
    const { code, stdout, stderr } = await checkout.run(["cancel", "1"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'first ["cancel","1"]\n' });
    expect(stderr).toContain("belongs to another user: this is the older build");
    expect(filesOfRoot()).toBe("");

    checkout.asUser(uid);
    expect(await checkout.run()).toMatchObject({ code: 0, stdout: "second []\n" });
  });

  it("can be set up again where root has compiled something in it", async () => {
    checkout.write("build/compile-cache/v24-0/1c02e1bd", "compiled\n");
    checkout.program("second");
    expect(await checkout.run()).toMatchObject({ code: 0, stdout: "second []\n" });
  });

  it("that root has set up says how its owner takes it back", async () => {
    execFileSync("chown", ["-R", "0", checkout.file(".toolchain")]);
    checkout.program("second");
    const { code, stderr } = await checkout.run();
    expect(stderr).toContain(`${checkout.path}/.toolchain, which another user made`);
    expect(stderr).toContain(`sudo chown -R ${uid} '${checkout.path}'`);
    expect(code).toBe(1);
  });
});

describe("a later start", () => {
  beforeEach(async () => {
    checkout.commit("1111");
    await checkout.run();
  });

  it("says nothing, and starts no program but Node", async () => {
    checkout.env = { PATH: "/nowhere" };
    expect(await checkout.run(["a"])).toEqual({ code: 0, stdout: 'first ["a"]\n', stderr: "" });
  });

  it("works through a chain of links and from any folder", async () => {
    symlinkSync(checkout.file("holdfast"), checkout.file("one"));
    symlinkSync("one", checkout.file("two"));
    const expected = { code: 0, stdout: "first []\n", stderr: "" };
    expect(await checkout.run([], checkout.file("two"), "/")).toEqual(expected);
    expect(await checkout.run([], "./two")).toEqual(expected);
    const parent = dirname(checkout.path);
    expect(await checkout.run([], `${basename(checkout.path)}/two`, parent)).toEqual(expected);
  });

  it("works at another path, as through a bind mount, without a new set-up", async () => {
    checkout.bringNode();
    await checkout.run();
    checkout.moveAway();
    expect(await checkout.run()).toEqual({ code: 0, stdout: "first []\n", stderr: "" });
  });

  it("builds again after a source has changed", async () => {
    checkout.program("second");
    const changed = await checkout.run();
    expect(changed.stdout).toBe("second []\n");
    expect(changed.stderr).toMatch(/^holdfast: bundle \.\.\. \d+\.\d s\n$/);
    expect((await checkout.run()).stderr).toBe("");
  });

  it("builds again after another commit was checked out", async () => {
    checkout.commit("2222");
    expect((await checkout.run()).stderr).toContain("bundle");
    expect((await checkout.run()).stderr).toBe("");
  });

  it("compiles the keeper again after its source has changed", async () => {
    checkout.write("native/keeper/keeper.c", "int main(void) { return 5; }\n");
    expect((await checkout.run()).stderr).toContain("keeper ...");
  });

  it("builds again where a part of the build is gone", async () => {
    rmSync(checkout.file("build/keeper/holdfast-keeper"));
    expect(await checkout.run()).toMatchObject({ code: 0, stdout: "first []\n" });
    expect((await checkout.run()).stderr).toBe("");
  });
});

describe("a set-up that is disturbed", () => {
  it("starts over after it was killed half-way", async () => {
    const gate = checkout.gateMake();
    const killed = checkout.start();
    const gone = ended(killed);
    const pipe = await gate.reached();
    process.kill(-(killed.pid ?? NaN), "SIGKILL"); // its group: make is in it
    expect((await gone).stdout).toBe("");
    await pipe.giveUp();

    const next = checkout.start();
    const result = ended(next);
    await (await gate.reached()).letOn();
    expect(await result).toMatchObject({ code: 0, stdout: "first []\n" });
  });

  it("lets a second launcher wait for the first, and does the work once", async () => {
    const gate = checkout.gateMake();
    const first = ended(checkout.start(["1"]));
    const pipe = await gate.reached();
    const second = checkout.start(["2"]);
    await says(second, "another set-up is running here, waiting for it");
    const secondEnd = once(second, "exit");
    await pipe.letOn();
    expect((await first).stdout).toBe('first ["1"]\n');
    expect(await secondEnd).toEqual([0, null]);
    expect(readFileSync(gate.starts, "utf8")).toBe("start\n");
  });
});
