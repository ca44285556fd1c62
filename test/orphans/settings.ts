import type { OrphanPlan, OrphanReceipt, OrphanScan } from "../../src/client/client.ts";
import type { PrivateServer } from "../harness/private-server.ts";

/**
 * No minimum age, no waiting, and every process counts as busy, so that no test depends on the load
 * of the machine or sleeps.
 */
export const atOnce = {
  HOLDFAST_ORPHANS_MIN_AGE: "0",
  HOLDFAST_ORPHANS_PARENT_GONE: "0",
  HOLDFAST_ORPHANS_CPU_PERCENT: "0",
  HOLDFAST_ORPHANS_WINDOW: "20ms",
};

export async function scan(holdfast: PrivateServer): Promise<OrphanScan["suspects"]> {
  const { stdout } = await holdfast.run("orphans", "--json");
  return (JSON.parse(stdout) as OrphanScan).suspects;
}

/** Plans only these roots: the machine may have other orphans, which tests ignore. */
export async function plan(
  holdfast: PrivateServer,
  ...pids: readonly number[]
): Promise<OrphanPlan> {
  const { stdout } = await holdfast.run("orphans", "plan", "--json", ...pids.map(String));
  return JSON.parse(stdout) as OrphanPlan;
}

export async function reap(
  holdfast: PrivateServer,
  number: number,
  ...options: readonly string[]
): Promise<{ code: number | null; receipt: OrphanReceipt }> {
  const args = ["orphans", "reap", String(number), "--yes", "--json", ...options];
  const { code, stdout } = await holdfast.run(...args);
  return { code, receipt: JSON.parse(stdout) as OrphanReceipt };
}
