import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keeperFaults } from "./keeper-faults.ts";
import { keeperPoints, namedInSources, serverPoints } from "./points.ts";
import { scenariosFor } from "./scenarios.ts";

const src = join(import.meta.dirname, "../../src");

describe("the crash tests know of every durable step", () => {
  it("every failpoint of the server has a situation that leads past it", () => {
    const without = serverPoints().filter((point) => scenariosFor(point)?.length === 0);
    expect(without).toEqual([]);
  });

  it("every failpoint of the keeper has its case, and there is no case too many", () => {
    expect(Object.keys(keeperFaults).toSorted()).toEqual(keeperPoints().toSorted());
  });

  it("no two failpoints have the same name", () => {
    const names = namedInSources().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  // The supervisor changes the world only through its store and its engine, and each commit and each
  // call of the engine has failpoints by its type. So it is enough that no other code writes.
  it.each(["supervisor", "scheduler", "server"])(
    "%s/ writes no file and starts no process",
    (layer) => {
      const writing =
        /import \{[^}]*\b(writeFile|appendFile|mkdir|rm|rmdir|rename|link|unlink|symlink|truncate|open)(Sync)?\b[^}]*\} from "node:fs|durable-files|node:child_process|startChild/;
      const writers = readdirSync(join(src, layer), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts") && !file.includes("test") && !file.includes("fake"))
        .filter((file) => writing.test(readFileSync(join(src, layer, file), "utf8")));
      expect(writers.toSorted()).toEqual(mayWrite[layer] ?? []);
    },
  );

  it("only the store opens the database", () => {
    const openers = readdirSync(src, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .filter((file) => readFileSync(join(src, file), "utf8").includes("new DatabaseSync("));
    expect(openers.toSorted()).toEqual([
      // Read-only: the database of another system.
      "orphans/status/read-sqlite.ts",
      // Reads it; writes the copy.
      "store/backups.ts",
      // Reads only.
      "store/check.ts",
      // Reads the backup.
      "store/fill-from-backup.ts",
      // Opens the one of database.ts.
      "store/opening.ts",
      // Read-only.
      "store/peek.ts",
      // Cannot write: reads pages in a thread of its own.
      "store/read-only-connection.ts",
      "store/salvage.ts",
      // In memory, to compare with.
      "store/schema.ts",
      "store/server-lock.ts",
      // Read-only.
      "store/standing.ts",
    ]);
  });
});

/** Sockets, and opening logs to read them, are not durable steps. */
const mayWrite: Record<string, string[]> = {
  server: ["output/output-file.ts", "own-socket.ts"],
  // remove.ts: output of an ended job, on a full disk; nothing is concluded from it.
  supervisor: ["verbs/remove.ts"],
};
