import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { Store } from "./store.ts";

const migrations = new URL("migrations/", import.meta.url);

it("a stop that an earlier version recorded is there for the keeper", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-stop-requests-"));
  const path = join(folder, "holdfast.db");
  const database = new DatabaseSync(path);
  database.exec("PRAGMA synchronous = OFF");
  for (const name of readdirSync(migrations).toSorted().slice(0, 8))
    database.exec(readFileSync(new URL(name, migrations), "utf8"));
  database.exec("PRAGMA user_version = 8");
  const columns = "id, state, priority, gpus, spec, env, created_at_ms, attempt";
  database.exec(`
    INSERT INTO jobs (${columns}, stop_reason, stop_grace_ms, stop_at_ms) VALUES
      (1, 'stopping', 0, 0, '{}', '{}', 1, 'a', 'cancel', 700, 9),
      (2, 'cancelled', 0, 0, '{}', '{}', 1, 'b', 'cancel', 700, 9);
    INSERT INTO attempts (id, job, number, nonce, boot_id, tier, gpu_uuids, created_at_ms) VALUES
      ('a', 1, 1, 'n', 'b', 'cgroup', '[]', 1), ('b', 2, 1, 'n', 'b', 'cgroup', '[]', 1)`);
  database.close();
  const store = new Store({ path, soon: (callback) => void setImmediate(callback) });
  expect(store.stopRequests.ofAttempt("a")).toEqual([
    { number: 1, reason: "cancel", graceMs: 700, prolong: false, atMs: 9, client: null },
  ]);
  expect(store.stopRequests.ofAttempt("b")).toEqual([]);
  expect(store.jobs.get(1)?.stopReason).toBe("cancel");
  store.close();
  rmSync(folder, { recursive: true });
});
