import { readdirSync, readFileSync, readlinkSync, statSync, type Stats } from "node:fs";

/** A file by what it is: in another mount namespace its name may be another file's, or it has another name. */
export interface WantedFile {
  path: string;
  stat: Pick<Stats, "dev" | "ino" | "rdev"> & { isDevice: boolean };
}

/** Null: there is nothing at the path. */
export function wantedFile(path: string): WantedFile | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  const { dev, ino, rdev } = found;
  return { path, stat: { dev, ino, rdev, isDevice: found.isCharacterDevice() } };
}

/** How a process has one of the files. Nothing of its files is opened. */
export function holdsOf(pid: number, wanted: readonly WantedFile[]): string[] {
  const sameMounts = linkOf(`/proc/${pid}/ns/mnt`) === linkOf("/proc/self/ns/mnt");
  return [
    ...(hasOpen(pid, wanted, sameMounts) ? ["descriptor"] : []),
    ...(hasMapped(pid, wanted, sameMounts) ? ["mapping"] : []),
    ...["cwd", "exe"].filter((name) => isOneOf(`/proc/${pid}/${name}`, wanted)),
  ];
}

/** By task: with the main thread gone `/proc/PID/fd` is empty while the others' is not. */
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

/** By its name first: a file of a dead network disk is not to be asked. */
function isOneOf(link: string, wanted: readonly WantedFile[]): boolean {
  const target = linkOf(link);
  const named = wanted.filter(({ path }) => path === target);
  return named.length > 0 && isSameFile(link, named);
}

function isSameFile(link: string, wanted: readonly WantedFile[]): boolean {
  const found = statOf(link);
  if (found === null) return false;
  return wanted.some(({ stat }) =>
    // A device is the same by whatever node it was opened.
    stat.isDevice
      ? found.isCharacterDevice() && found.rdev === stat.rdev
      : found.dev === stat.dev && found.ino === stat.ino,
  );
}

/** Linux 5.14 tells it. */
function hasInode(fdinfo: string, wanted: readonly WantedFile[]): boolean {
  const inode = Number(/^ino:\s*(\d+)$/m.exec(textOf(fdinfo))?.[1]);
  return wanted.some(({ stat }) => stat.ino === inode);
}

/** Within the same mounts the path decides: some file systems show another number there than `stat` does. */
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

/** As `stat` has it: the kernel's new encoding of device numbers. */
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
    return null; // closed meanwhile
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
