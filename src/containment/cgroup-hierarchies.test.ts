import { expect, it } from "vitest";
import { hierarchiesOf } from "./cgroup-hierarchies.ts";

it("finds the own group of a pure hierarchy", () => {
  const mounts =
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n" +
    "31 23 0:27 / /proc rw - proc proc rw\n";
  expect(hierarchiesOf(mounts, "0::/user.slice/a.scope\n")).toEqual([
    {
      version: 2,
      controllers: [],
      mountPoint: "/sys/fs/cgroup",
      own: "/sys/fs/cgroup/user.slice/a.scope",
    },
  ]);
});

it("finds each hierarchy of a hybrid machine, also controllers that are mounted together", () => {
  const mounts =
    "30 23 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n" +
    "31 23 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n" +
    "32 23 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
  const groups = "5:memory:/outer/x\n4:cpu,cpuacct:/\n0::/\n";
  expect(hierarchiesOf(mounts, groups)).toEqual([
    {
      version: 2,
      controllers: [],
      mountPoint: "/sys/fs/cgroup/unified",
      own: "/sys/fs/cgroup/unified",
    },
    {
      version: 1,
      controllers: ["cpu", "cpuacct"],
      mountPoint: "/sys/fs/cgroup/cpu,cpuacct",
      own: "/sys/fs/cgroup/cpu,cpuacct",
    },
    {
      version: 1,
      controllers: ["memory"],
      mountPoint: "/sys/fs/cgroup/memory",
      own: "/sys/fs/cgroup/memory/outer/x",
    },
  ]);
});

it("counts from the mounted part in a container that sees paths of the machine", () => {
  const mounts = String.raw`30 23 0:26 /docker/ab\040c /sys/fs/cgroup ro - cgroup2 cgroup rw`;
  expect(hierarchiesOf(mounts, "0::/docker/ab c/job\n")[0]?.own).toBe("/sys/fs/cgroup/job");
  expect(hierarchiesOf(mounts, "0::/elsewhere\n")[0]?.own).toBeNull();
});

it("takes a hierarchy that is mounted twice once, where this process is found in it", () => {
  const mounts =
    "30 23 0:26 /lxc/other /srv/chroot/sys/fs/cgroup rw - cgroup2 cgroup2 rw\n" +
    "31 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n" +
    "32 23 0:26 / /mnt/sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
  expect(hierarchiesOf(mounts, "0::/user.slice\n").map(({ mountPoint }) => mountPoint)).toEqual([
    "/sys/fs/cgroup",
  ]);
});
