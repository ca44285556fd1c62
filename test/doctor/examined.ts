import type { DoctorReport } from "../../src/contract/doctor.ts";
import type { PrivateServer } from "../harness/private-server.ts";

/** The report of `holdfast doctor --json`, and its exit code. */
export async function examined(
  holdfast: PrivateServer,
  ...args: readonly string[]
): Promise<{ code: number | null; report: DoctorReport }> {
  const { code, stdout, stderr } = await holdfast.run("doctor", "--json", ...args);
  if (stdout === "") throw new Error(`the doctor said nothing: ${stderr}`);
  return { code, report: JSON.parse(stdout) as DoctorReport };
}

/** The verdicts about one subject. The machine may have other problems, which tests ignore. */
export function about({ verdicts }: DoctorReport, subject: string): string[] {
  return verdicts.filter((one) => one.subject === subject).map(({ verdict }) => verdict);
}

export function facetOf({ facets }: DoctorReport, name: string) {
  return facets.find(({ facet }) => facet === name);
}
