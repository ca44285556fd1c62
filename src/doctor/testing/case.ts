import type { VerdictName } from "../../contract/doctor-verdicts.ts";
import type { FakePatient } from "./fake-patient.ts";

export type Setup = (patient: FakePatient) => void;

/** What makes a verdict appear, and what looks like it and does not. */
export interface Case {
  ill: Setup;
  /** By what it is. At least one: what makes the verdict go away. */
  well: Record<string, Setup>;
}

export type Cases = Partial<Record<VerdictName, Case>>;
