import type { VerdictName } from "../../contract/doctor-verdicts.ts";
import type { FakeExamination } from "./fake-examination.ts";

export type Setup = (exam: FakeExamination) => void;

/** A situation with the verdict, and similar situations without it. */
export interface Case {
  ill: Setup;
  /** By description. At least one: the situation in which the verdict disappears. */
  well: Record<string, Setup>;
}

export type Cases = Partial<Record<VerdictName, Case>>;
