import { jobVerbs } from "./job-verbs.ts";
import { machineVerbs } from "./machine-verbs.ts";
import type { Verb } from "./verb.ts";

/** Every verb. A verb's own file is loaded only when it is used: most commands need one. */
export const verbs: readonly Verb[] = [...jobVerbs, ...machineVerbs];
