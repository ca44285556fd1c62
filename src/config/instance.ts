import { createHash } from "node:crypto";
import type { Paths } from "./paths.ts";

/** Distinguishes this state folder's cgroups from those of another on the same machine. */
export function instanceOf({ stateDir }: Pick<Paths, "stateDir">): string {
  return createHash("sha256").update(stateDir).digest("hex").slice(0, 12);
}
