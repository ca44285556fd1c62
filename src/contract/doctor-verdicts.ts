import { gpuVerdicts } from "./verdicts/gpu-verdicts.ts";
import { holdfastVerdicts } from "./verdicts/holdfast-verdicts.ts";
import { machineVerdicts } from "./verdicts/machine-verdicts.ts";

export const doctorConfidences = ["proven", "likely", "weak"] as const;

/** Every verdict. In a file without schemas; the reference page is tested against it. */
export const verdicts = { ...holdfastVerdicts, ...gpuVerdicts, ...machineVerdicts };

export type VerdictName = keyof typeof verdicts;
export const verdictNames = Object.keys(verdicts) as [VerdictName, ...VerdictName[]];
