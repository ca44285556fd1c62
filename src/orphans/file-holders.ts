import { readdirSync, readFileSync, readlinkSync, statSync, type Stats } from "node:fs";

/**
 * A file by its inode: in another mount namespace the same name may belong to another file, and
 * this file may have another name.
 */
export interface WantedFile {
  path: string;
  stat: Pick<Stats, "dev" | "ino" | "rdev"> & { isDevice: boolean };
}

/** Null: nothing exists at the path. */
export function wantedFile(path: string): WantedFile | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  const { dev, ino, rdev } = found;
  return { path, stat: { dev, ino, rdev, isDevice: found.isCharacterDevice() } };
}

/** How a process holds one of the files. Opens none of its files. */
export function holdsOf(pid: number, wanted: readonly WantedFile[]): string[] {
  const sameMounts = linkOf(`/proc/${pid}/ns/mnt`) === linkOf("/proc/self/ns/mnt");
  return [
    ...(hasOpen(pid, wanted, sameMounts) ? ["descriptor"] : []),
    ...(hasMapped(pid, wanted, sameMounts) ? ["mapping"] : []),
    ...["cwd", "exe"].filter((name) => isOneOf(`/proc/${pid}/${name}`, wanted)),
  ];
}

/**
 * By task: after the main thread has ended, `/proc/PID/fd` is empty while the other threads' is
 * not.
 */
function hasOpen(pid: number, wanted: readonly WantedFile[], sameMounts: boolean): boolean {
  for (const task of namesIn(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${task}`;
    const descriptors = namesIn(`${folder}/fd`);
    if (descriptors.length === 0) continue;
    return descriptors.some(
      (descriptor) =>
        isOneOf(`${folder}/fd/${descriptor}`, wanted) ||
        (!sameMounts && hasInode(`${folder}/fdinfo/${descriptor}`, wanted)
          ? isSameFile(`${folder}/fd/${descriptor}`, wanted)
          : false),
    );
  }
  return false;
}

/** Compares names first, so that no file on a dead network disk is accessed. */
function isOneOf(link: string, wanted: readonly WantedFile[]): boolean {
  const target = linkOf(link);
  const named = wanted.filter(({ path }) => path === target);
  return named.length > 0 && isSameFile(link, named);
}

function isSameFile(link: string, wanted: readonly WantedFile[]): boolean {
  const found = statOf(link);
  if (found === null) return false;
  return wanted.some(({ stat }) =>
    // A device can be opened through several nodes.
    stat.isDevice
      ? found.isCharacterDevice() && found.rdev === stat.rdev
      : found.dev === stat.dev && found.ino === stat.ino,
  );
}

/** fdinfo has the inode since Linux 5.14. */
function hasInode(fdinfo: string, wanted: readonly WantedFile[]): boolean {
  const inode = Number(/^ino:\s*(\d+)$/m.exec(textOf(fdinfo))?.[1]);
  return wanted.some(({ stat }) => stat.ino === inode);
}

/**
 * In the same mount namespace the path decides: for some file systems the numbers in `maps` differ
 * from those of `stat`.
 */
function hasMapped(pid: number, wanted: readonly WantedFile[], sameMounts: boolean): boolean {
  const row = /^\S+ \S+ \S+ ([0-9a-f]+):([0-9a-f]+) (\d+) +(\/.*)$/gm;
  return [...textOf(`/proc/${pid}/maps`).matchAll(row)].some(([, major, minor, inode, path]) =>
    wanted.some(({ path: name, stat }) =>
      sameMounts || stat.isDevice
        ? path === name
        : Number(inode) === stat.ino && deviceNumber(major, minor) === stat.dev,
    ),
  );
}

/** As in `stat`: the kernel's new encoding of device numbers. */
function deviceNumber(majorHex = "", minorHex = ""): number {
  const [major, minor] = [Number.parseInt(majorHex, 16), Number.parseInt(minorHex, 16)];
  return (minor & 0xff) + (major & 0xfff) * 0x100 + (minor >>> 8) * 0x10_0000;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null; // it was closed
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
