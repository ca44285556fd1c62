import { readFileSync } from "node:fs";

const listening = "0A";

/** TCP ports on which a process of this network namespace listens, by the inode of the socket. */
export function listeningPorts(): Map<string, number> {
  return new Map(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => parsePorts(textOf(path))));
}

/** The sockets that listen on a port: one per address and family. */
export function listeningInodes(port: number): string[] {
  return [...listeningPorts()].filter(([, found]) => found === port).map(([inode]) => inode);
}

/** Rows of `/proc/net/tcp`: the second column is ADDRESS:PORT in hexadecimal, the fourth the state, the tenth the inode. */
export function parsePorts(text: string): [inode: string, port: number][] {
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const columns = line.trim().split(/\s+/);
      const port = Number.parseInt(columns[1]?.split(":")[1] ?? "", 16);
      const inode = columns[9];
      if (columns[3] !== listening || inode === undefined || Number.isNaN(port)) return [];
      return [[inode, port]];
    });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // a kernel without IPv6
  }
}
