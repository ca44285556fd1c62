import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseDrmFdinfo } from "./drm-fdinfo.ts";
import { cgroupIn, cookieIn } from "./holder-process.ts";
import { mappedDevices, scanHolders } from "./scan.ts";

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), "holdfast-proc-"));
  mkdirSync(join(proc, "self/ns"), { recursive: true });
  symlinkSync("pid:[4026531836]", join(proc, "self/ns/pid"));
});
afterEach(() => rmSync(proc, { recursive: true }));

interface Made {
  state?: string;
  threads?: number;
  maps?: string;
  environ?: string;
  cgroup?: string;
  /** By task: the target of each descriptor. */
  tasks?: Record<number, string[]>;
}

function make(
  pid: number,
  { state = "S", threads = 1, maps = "", environ = "", cgroup = "0::/x\n", tasks = {} }: Made,
) {
  const folder = join(proc, String(pid));
  const zeros = Array.from({ length: 13 }, () => "0").join(" ");
  mkdirSync(join(folder, "task"), { recursive: true });
  writeFileSync(join(folder, "stat"), `${pid} (name) ${state} 1 1 1 ${zeros} ${threads} 0 777 0`);
  writeFileSync(join(folder, "maps"), maps);
  writeFileSync(join(folder, "environ"), environ);
  writeFileSync(join(folder, "cgroup"), cgroup);
  writeFileSync(join(folder, "cmdline"), "python3\0train.py\0");
  writeFileSync(join(folder, "wchan"), "uvm_spin_loop");
  for (const [task, targets] of Object.entries(tasks)) {
    mkdirSync(join(folder, "task", task, "fd"), { recursive: true });
    targets.forEach((target, fd) =>
      symlinkSync(target, join(folder, "task", task, "fd", String(fd))),
    );
  }
}

describe("the search for holders", () => {
  it("finds only processes with descriptors or mappings, and requested ones", () => {
    make(10, { tasks: { 10: ["/dev/null", "/dev/nvidia0", "/dev/nvidiactl"] } });
    make(11, { maps: "7f00-7f01 rw-s 0 00:06 99    /dev/nvidia-uvm\n" });
    make(12, { tasks: { 12: ["/dev/nvidia-caps/nvidia-cap1", "/tmp/dev/nvidia0", "socket:[1]"] } });
    make(13, {});
    const found = scanHolders([13, 14], proc);
    expect(found.openers).toMatchObject([
      { pid: 10, files: ["/dev/nvidia0", "/dev/nvidiactl"], how: ["descriptor"] },
      { pid: 11, files: ["/dev/nvidia-uvm"], how: ["maps"] },
    ]);
    expect(found.asked).toMatchObject([{ pid: 13 }]);
    expect(found).toMatchObject({ initialPidNamespace: true, unreadable: 0 });
  });

  it("reads every task: the main thread may have ended, and a task may have its own descriptors", () => {
    make(10, { state: "Z", threads: 2, tasks: { 10: [], 11: ["/dev/nvidia1"] } });
    make(20, { tasks: { 20: ["/dev/null"], 21: ["/dev/null", "/dev/nvidia2"] } });
    expect(scanHolders([], proc).openers.map(({ files }) => files)).toEqual([
      ["/dev/nvidia1"],
      ["/dev/nvidia2"],
    ]);
  });

  it("does not name a zombie without threads, which holds nothing", () => {
    make(10, { state: "Z", threads: 1 });
    expect(scanHolders([10], proc)).toMatchObject({ openers: [], asked: [] });
  });

  it("reports the owner of a holder, and where it hangs", () => {
    const attempt = "11111111-2222-4333-8444-555555555555";
    make(10, {
      state: "D",
      environ: `PATH=/bin\0HOLDFAST_ATTEMPT=${attempt}\0`,
      cgroup: "0::/\n1:name=systemd:/user.slice\n",
      tasks: { 10: ["/dev/nvidia0 (deleted)"] },
    });
    expect(scanHolders([], proc).openers).toMatchObject([
      {
        start: 777,
        files: ["/dev/nvidia0"],
        process: {
          state: "D",
          attempt,
          command: "python3 train.py",
          cgroup: "/user.slice",
          waitChannel: "uvm_spin_loop",
        },
      },
    ]);
  });

  it("detects that it is inside a PID namespace", () => {
    rmSync(join(proc, "self/ns/pid"));
    expect(scanHolders([], proc).initialPidNamespace).toBeNull();
    symlinkSync("pid:[4026532999]", join(proc, "self/ns/pid"));
    expect(scanHolders([], proc).initialPidNamespace).toBe(false);
  });
});

it("a mapping of a device is distinguished from a file with a similar name", () => {
  const line = (path: string) => `7f00-7f01 rw-s 00000000 00:06 99                 ${path}\n`;
  const maps =
    line("/usr/lib/x.so") + line("/tmp/dev/nvidia0") + line("/dev/nvidia0") + line("/dev/kfd");
  expect(mappedDevices(maps)).toEqual(["/dev/nvidia0", "/dev/kfd"]);
  expect(mappedDevices("7f00 rw-s 0 0 0 /dev/nvidia3")).toEqual(["/dev/nvidia3"]);
});

describe("a cgroup and a cookie", () => {
  it("are read from either hierarchy", () => {
    expect(cgroupIn("0::/a/b\n1:name=systemd:/c\n")).toBe("/a/b");
    expect(cgroupIn("0::/\n1:name=systemd:/c\n")).toBe("/c");
    expect(cgroupIn("")).toBeNull();
  });
  it("are not taken from the middle of another variable", () => {
    const id = "11111111-2222-4333-8444-555555555555";
    expect(cookieIn(`A=1\0HOLDFAST_ATTEMPT=${id}\0`)).toBe(id);
    expect(cookieIn(`NOT_HOLDFAST_ATTEMPT=${id}\0`)).toBeNull();
    expect(cookieIn(`HOLDFAST_ATTEMPT=${id}0\0`)).toBeNull();
  });
});

describe("the kernel's accounting of a DRM client", () => {
  const of = (...lines: string[]) => parseDrmFdinfo(["pos:\t0", ...lines, ""].join("\n"));
  const client = ["drm-driver:\tamdgpu", "drm-client-id:\t7", "drm-pdev:\t0000:03:00.0"];

  it.each([
    [["drm-memory-vram:\t64 KiB"], 65_536],
    [["drm-memory-vram:\t64 KiB", "drm-resident-vram:\t2 MiB", "drm-total-vram:\t9 MiB"], 2 ** 21],
    [["drm-resident-vram0:\t1 MiB", "drm-resident-vram1:\t1 MiB"], 2 ** 21],
    [["drm-resident-local0:\t512"], 512],
    [["drm-memory-gtt:\t64 KiB"], null],
    [["drm-memory-vram:\tmuch"], null],
    [[], null],
  ])("%j", (lines, vramBytes) => {
    expect(of(...client, ...lines)).toEqual({
      driver: "amdgpu",
      pciAddress: "0000:03:00.0",
      clientId: "7",
      vramBytes,
    });
  });

  it("is null if the driver does not report it", () => {
    expect(of("flags:\t02")).toBeNull();
  });
});
