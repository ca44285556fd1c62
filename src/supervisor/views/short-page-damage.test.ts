import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { jobRequest } from "../../contract/job-request.ts";
import { FakeEngine } from "../../engines/testing/fake-engine.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import { superviseFile } from "../testing/supervised-file.ts";

it("does not end before the last job where many have a damaged state", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-short-page-"));
  const parts = { folder, engine: new FakeEngine(), clock: new FakeClock(), gpuUuids: [] };
  const { store, supervisor } = superviseFile(parts);
  try {
    await supervisor.recover();
    const request = jobRequest.parse({ command: ["x"], cwd: "/", held: true });
    await Promise.all(Array.from({ length: 110 }, () => supervisor.submit(request, null)));
    expect(store.checkpoint()).toBe(true);
    const db = new DatabaseSync(join(folder, "holdfast.db"));
    db.exec("PRAGMA ignore_check_constraints = ON");
    db.exec("UPDATE jobs SET state = 'helf' WHERE id <= 45");
    db.close();
    const page = await supervisor.list({
      states: ["held"],
      tag: null,
      name: null,
      select: null,
      cursor: null,
      limit: 1000,
    });
    if (!page.ok) throw new Error(page.refusal.code);
    expect([page.value.jobs.length, page.value.nextCursor]).toEqual([110, null]);
  } finally {
    supervisor.close();
    store.close();
    rmSync(folder, { recursive: true });
  }
});
