import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RefusalError } from "../contract/problems.ts";
import { checkedSocket } from "./checked-socket.ts";
import { refuseForeignStateFolder, takeFolder, takeStateFolder } from "./own-folder.ts";
import { ownUid } from "./ownership.ts";

const variable = "HOLDFAST_STATE_DIR";
/** Of no user here. */
const otherUser = 54_323;
const isRoot = ownUid() === 0;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-own-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function refusalOf(action: () => unknown) {
  try {
    action();
  } catch (error) {
    if (error instanceof RefusalError) return error.refusal;
    throw error;
  }
  return null;
}

const mode = (path: string) => statSync(path).mode & 0o777;

describe("taking a folder", () => {
  it("makes it, with those above it, for this user alone", () => {
    const path = join(folder, "a/b");
    takeFolder(path, variable);
    expect(mode(path)).toBe(0o700);
  });

  it("closes one of this user's to the others", () => {
    chmodSync(folder, 0o777);
    takeFolder(folder, variable);
    expect(mode(folder)).toBe(0o700);
  });

  it("does not close a folder that every user may use, such as /tmp", () => {
    chmodSync(folder, 0o1777);
    expect(refusalOf(() => takeFolder(folder, "HOLDFAST_RUNTIME_DIR"))).toMatchObject({
      code: "bad_config",
      details: { where: "HOLDFAST_RUNTIME_DIR", what: expect.stringContaining(folder) },
    });
    expect(mode(folder)).toBe(0o777);
    takeFolder(join(folder, "holdfast"), "HOLDFAST_RUNTIME_DIR");
  });

  it("goes through a link to a folder of this user's", () => {
    const link = join(folder, "link");
    mkdirSync(join(folder, "far"), { mode: 0o755 });
    symlinkSync(join(folder, "far"), link);
    takeFolder(link, variable);
    expect(mode(join(folder, "far"))).toBe(0o700);
  });

  it("says what the file system says", () => {
    writeFileSync(join(folder, "file"), "");
    expect(refusalOf(() => takeFolder(join(folder, "file"), variable))).toEqual({
      code: "storage_failed",
      details: { what: `${join(folder, "file")}: EEXIST (${variable}=FOLDER uses another folder)` },
    });
  });

  it("leaves another user's as it is, and names both", () => {
    // Root's, where this is an ordinary user.
    const foreign = isRoot ? join(folder, "foreign") : "/";
    if (isRoot) {
      mkdirSync(foreign);
      chmodSync(foreign, 0o777);
      chownSync(foreign, otherUser, otherUser);
    }
    const before = statSync(foreign);
    expect(refusalOf(() => takeFolder(foreign, variable))).toEqual({
      code: "foreign_owner",
      details: { path: foreign, owner: before.uid, variable },
    });
    const { mode: modeAfter, uid } = statSync(foreign);
    expect({ mode: modeAfter, uid }).toEqual({ mode: before.mode, uid: before.uid });
  });
});

describe.runIf(isRoot)("root", () => {
  beforeEach(() => {
    mkdirSync(join(folder, "theirs"), { mode: 0o755 });
    chownSync(join(folder, "theirs"), otherUser, otherUser);
  });

  it("makes nothing in an ordinary user's folder", () => {
    const refusal = refusalOf(() => takeFolder(join(folder, "theirs/holdfast/run"), variable));
    expect(refusal?.details).toEqual({ path: join(folder, "theirs"), owner: otherUser, variable });
    expect(readdirSync(join(folder, "theirs"))).toEqual([]);
  });

  it("reads nothing of an ordinary user's folder", () => {
    expect(refusalOf(() => refuseForeignStateFolder(join(folder, "theirs")))?.code).toBe(
      "foreign_owner",
    );
    expect(refusalOf(() => refuseForeignStateFolder(join(folder, "none")))).toBeNull();
  });

  it("as an ordinary user does not take another's folder", () => {
    vi.spyOn(process, "geteuid").mockReturnValue(otherUser + 1);
    try {
      const refusal = refusalOf(() => takeFolder(join(folder, "theirs"), variable));
      expect(refusal).toMatchObject({ code: "foreign_owner", details: { owner: otherUser } });
    } finally {
      vi.restoreAllMocks();
    }
    expect(mode(join(folder, "theirs"))).toBe(0o755);
  });

  it("does not start over what another user put into the folder", () => {
    const refusal = refusalOf(() => takeStateFolder(folder));
    expect(refusal?.details["path"]).toBe(join(folder, "theirs"));
  });

  it("sees whose a link is, not whose its target", () => {
    rmSync(join(folder, "theirs"), { recursive: true });
    symlinkSync("/etc/passwd", join(folder, "server.lock"));
    expect(refusalOf(() => takeStateFolder(folder))).toBeNull();
    lchownSync(join(folder, "server.lock"), otherUser, otherUser);
    expect(refusalOf(() => takeStateFolder(folder))?.code).toBe("foreign_owner");
  });
});

describe("a socket", () => {
  let listening: Server | null = null;
  const path = () => join(folder, "server.sock");
  beforeEach(async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    listening = createServer().listen(path(), () => resolve());
    await promise;
  });
  afterEach(() => listening?.close());

  it("of this user is named by its descriptor, with its inode", () => {
    const found = checkedSocket(path());
    expect(found.inode).toBe(statSync(path()).ino);
    expect(statSync(found.path).isSocket()).toBe(true);
    found.release();
    expect(existsSync(found.path)).toBe(false);
  });

  it("in another user's folder is refused", () => {
    const refusal = refusalOf(() => checkedSocket(path(), otherUser));
    expect(refusal?.details).toMatchObject({
      path: folder,
      owner: ownUid(),
      variable: "HOLDFAST_RUNTIME_DIR",
    });
  });

  it("in another user's state folder names that folder, and the variable for another", () => {
    mkdirSync(join(folder, "run"));
    writeFileSync(join(folder, "server.lock"), "");
    const refusal = refusalOf(() => checkedSocket(join(folder, "run/server.sock"), otherUser));
    expect(refusal?.details).toMatchObject({ path: folder, variable: "HOLDFAST_STATE_DIR" });
  });

  it.runIf(isRoot)("of another user is refused, also in a folder of this user's", () => {
    chownSync(path(), otherUser, otherUser);
    const refusal = refusalOf(() => checkedSocket(path()));
    expect(refusal?.details).toMatchObject({ path: path(), owner: otherUser });
  });

  it("that is not there is not there", () => {
    expect(() => checkedSocket(join(folder, "none.sock"))).toThrow(/ENOENT/);
    expect(() => checkedSocket(join(folder, "none/server.sock"))).toThrow(/ENOENT/);
  });
});
