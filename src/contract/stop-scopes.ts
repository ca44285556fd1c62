import type { StopScope } from "../job/spec.ts";

/** Apart from the schemas: the command line offers them, and must not load the library of those. */
export const stopScopes = ["all", "main-first", "main"] as const satisfies readonly StopScope[];
