import { chownSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordedSocket, recordSocket } from "./server-address.ts";

let folder: string;
let record: string;
let socket: string;
let server: Server;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-address-"));
  record = join(folder, "server.address");
  socket = join(folder, "server.sock");
  server = await listening();
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function listening(): Promise<Server> {
  return new Promise((resolve) => {
    const made: Server = createServer().listen(socket, () => resolve(made));
  });
}

describe("the recorded socket of a server", () => {
  it("is the socket that it recorded", async () => {
    expect(recordedSocket(record)).toBeNull();
    await recordSocket(record, socket);
    expect(recordedSocket(record)).toBe(socket);
  });

  it("is none when the server has removed it, or another server listens at the same path", async () => {
    await recordSocket(record, socket);
    await new Promise((resolve) => server.close(resolve));
    expect(recordedSocket(record)).toBeNull();
    server = await listening();
    expect(recordedSocket(record)).toBeNull();
  });

  it("is none where the record is damaged or a link", async () => {
    writeFileSync(record, "{");
    expect(recordedSocket(record)).toBeNull();
    writeFileSync(record, "null");
    expect(recordedSocket(record)).toBeNull();
    const elsewhere = join(folder, "elsewhere");
    await recordSocket(elsewhere, socket);
    rmSync(record);
    symlinkSync(elsewhere, record);
    expect(recordedSocket(record)).toBeNull();
  });

  it.runIf(process.getuid?.() === 0)("is none where the record is another user's", async () => {
    await recordSocket(record, socket);
    chownSync(record, 65_534, 65_534);
    expect(recordedSocket(record)).toBeNull();
  });
});
