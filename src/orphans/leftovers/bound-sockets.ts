import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** A row of `/proc/net/unix` that has a path. */
export interface BoundSocket {
  /** The path given to bind(2): in the process's mount namespace, and possibly relative. */
  path: string;
  listens: boolean;
}

/** The Unix sockets bound to a path, in all readable network namespaces. */
export interface BoundSockets {
  sockets: readonly BoundSocket[];
  /** Network namespaces that could not be read. */
  unread: number;
}

/** Where `ip netns` and container runtimes keep network namespaces without a process. */
const kept = ["/run/netns", "/run/docker/netns", "/var/run/docker/netns"];

/**
 * @param openPaths open files of all processes, including namespaces that only a descriptor keeps
 */
export function boundSockets(openPaths: ReadonlySet<string>): BoundSockets {
  const sockets: BoundSocket[] = [];
  const tables = new Set<number>();
  const read = new Set<string>();
  for (const folder of taskFolders()) {
    // Each namespace has its own files in /proc, whose inode numbers any user may read.
    const table = inodeOf(`${folder}/net/unix`);
    if (table === null) continue;
    const namespace = linkOf(`${folder}/ns/net`);
    if (!tables.has(table)) {
      const text = textOf(`${folder}/net/unix`);
      if (text === null) continue;
      sockets.push(...parseSockets(text));
      tables.add(table);
    }
    if (namespace !== null) read.add(namespace);
  }
  const others = [...keptNamespaces(), ...openPaths].filter(
    (name) => name.startsWith("net:[") && !read.has(name),
  );
  return { sockets, unread: new Set(others).size };
}

export function parseSockets(text: string): BoundSocket[] {
  // Num RefCount Protocol Flags Type St Inode Path; the flag is the kernel's __SO_ACCEPTCON.
  const row = /^\S+: \S+ \S+ ([0-9A-F]+) \S+ \S+ +\d+ (.+)$/gm;
  return [...text.matchAll(row)].flatMap(([, flags = "0", path = ""]) =>
    path.startsWith("@") ? [] : [{ path, listens: (Number.parseInt(flags, 16) & 0x1_0000) !== 0 }],
  );
}

/** Whether a file that refuses connections belongs to one of these sockets. */
export function findBound(
  file: string,
  { sockets }: BoundSockets,
): "bound" | "perhaps" | "not bound" {
  if (sockets.some(({ path }) => path === file)) return "bound";
  // A listening socket would have accepted the connection, whatever path it was bound to.
  const perhaps = sockets.some(
    ({ path, listens }) => !listens && basename(path) === basename(file) && !isAnother(path, file),
  );
  return perhaps ? "perhaps" : "not bound";
}

/** Whether the path leads to a socket other than the file, as seen from this mount namespace. */
function isAnother(path: string, file: string): boolean {
  if (!path.startsWith("/")) return false;
  const found = lstatSync(path, { throwIfNoEntry: false });
  return (
    found?.isSocket() === true && found.ino !== lstatSync(file, { throwIfNoEntry: false })?.ino
  );
}

/** By task: a thread may have its own network namespace. */
function taskFolders(): string[] {
  return namesIn("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => namesIn(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`));
}

function keptNamespaces(): string[] {
  return kept.flatMap((folder) =>
    namesIn(folder).flatMap((name) => {
      const inode = inodeOf(join(folder, name));
      return inode === null ? [] : [`net:[${inode}]`];
    }),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function inodeOf(path: string): number | null {
  try {
    return statSync(path).ino;
  } catch {
    return null;
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
