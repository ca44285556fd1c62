import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { sealHashOf } from "../../containment/seal.ts";
import type { ExitRecord } from "../../contract/keeper.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { isTrusted } from "./trusted-record.ts";

const seal = "ffeeddccbbaa99887766554433221100";
const exit = JSON.parse(
  readFileSync(new URL("../../../native/keeper/examples/exit.json", import.meta.url), "utf8"),
) as ExitRecord;

/** `found`: processes that each search finds, in order; null: attempts cannot be searched for. */
function trusts(attempt: Partial<AttemptRow>, found: readonly number[] | null): Promise<boolean> {
  const counts = [...(found ?? [])];
  const search = async () => Array.from({ length: counts.shift() ?? 0 }, () => ({}));
  const machine = found === null ? null : { processes: { search } };
  type Parts = Parameters<typeof isTrusted>[0];
  const engines = { machineOf: () => machine } as unknown as Parts["engines"];
  return isTrusted({ engines }, { distrusted: false, ...attempt } as AttemptRow, exit);
}

it("trusts only the keeper's seal where it is known", async () => {
  const sealHash = sealHashOf(seal);
  expect(await trusts({ sealHash }, null)).toBe(true);
  expect(await trusts({ sealHash: sealHashOf("0".repeat(32)) }, [0, 0])).toBe(false);
  expect(await trusts({ sealHash, distrusted: true }, [0, 0])).toBe(false);
});

it("trusts a record without a known seal only if two searches find no process", async () => {
  const sealHash = null;
  expect(await trusts({ sealHash }, [0, 0])).toBe(true);
  expect(await trusts({ sealHash }, [1, 0])).toBe(false);
  expect(await trusts({ sealHash }, [0, 1])).toBe(false);
  expect(await trusts({ sealHash }, null)).toBe(false);
});
