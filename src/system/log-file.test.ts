import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LogFile } from "./log-file.ts";

const lossWords = (lines: number) => `${lines} lost\n`;

describe("the server's log", () => {
  it("is appended to", () => {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-log-"));
    const path = join(folder, "server.log");
    for (const line of ["a\n", "b\n"]) {
      const log = new LogFile(path, lossWords);
      log.write(line);
      log.close();
    }
    expect(readFileSync(path, "utf8")).toBe("a\nb\n");
    rmSync(folder, { recursive: true });
  });

  it("does not stop its program when the disk is full", () => {
    const log = new LogFile("/dev/full", lossWords);
    for (let line = 0; line < 3; line += 1) log.write("words\n");
    log.close();
  });
});
