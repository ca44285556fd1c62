import { describe, expect, it } from "vitest";
import { findBound, parseSockets } from "./bound-sockets.ts";

const table = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01  1801 /run/pool/listener-a
0000000000000000: 00000002 00000000 00000000 0001 01 98302 /mnt/inner/tmp/listener-b
0000000000000000: 00000002 00000000 00000000 0001 01     7 listener c
0000000000000000: 00000003 00000000 00000000 0001 03  1802
0000000000000000: 00000002 00000000 00010000 0005 01  1803 @abstract
`;

describe("a socket file that refuses connections", () => {
  const bound = { sockets: parseSockets(table), unread: 0 };

  it("is searched in the rows that have a path, whatever characters it has", () => {
    expect(bound.sockets).toEqual([
      { path: "/run/pool/listener-a", listens: true },
      { path: "/mnt/inner/tmp/listener-b", listens: false },
      { path: "listener c", listens: false },
    ]);
  });

  it.each([
    ["/run/pool/listener-a", "bound"],
    // A listening socket would have accepted the connection, whatever path it was bound to.
    ["/elsewhere/listener-a", "not bound"],
    // In another mount namespace, or with a relative path, the file has another name.
    ["/tmp/listener-b", "perhaps"],
    ["/tmp/listener c", "perhaps"],
    ["/tmp/listener-d", "not bound"],
  ])("%s: %s", (file, found) => {
    expect(findBound(file, bound)).toBe(found);
  });
});
