import type { DoctorReport } from "../../src/contract/doctor.ts";
import type { PrivateServer } from "../harness/private-server.ts";

/** What `holdfast doctor --json` says, and its exit code. */
export async function examined(
  holdfast: PrivateServer,
  ...words: readonly string[]
): Promise<{ code: number | null; report: DoctorReport }> {
  const { code, stdout, stderr } = await holdfast.run("doctor", "--json", ...words);
  if (stdout === "") throw new Error(`the doctor said nothing: ${stderr}`);
  return { code, report: JSON.parse(stdout) as DoctorReport };
}

/** The verdicts about one subject: the machine may have troubles of its own, and they are none of a test's business. */
export function about({ verdicts }: DoctorReport, subject: string): string[] {
  return verdicts.filter((one) => one.subject === subject).map(({ verdict }) => verdict);
}

export function facetOf({ facets }: DoctorReport, name: string) {
  return facets.find(({ facet }) => facet === name);
}
