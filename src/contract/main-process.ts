import type { KeeperClaim } from "./keeper.ts";

/** The job's main process. In an adoption the payload is only the keeper's own follower process. */
export function mainOf({ adopted, payload }: Pick<KeeperClaim, "adopted" | "payload">) {
  return adopted ?? payload;
}
