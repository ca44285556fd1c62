import type { Job, JobRequest } from "../../client/client.ts";
import { RefusalError } from "../../contract/problems.ts";
import type { Context } from "../context.ts";

const tries = 3;

/**
 * Submits with an idempotency key: if the answer is lost, the same request is sent again, and the
 * server returns the job of the first one.
 */
export async function submitOnce(
  { server, newKey }: Pick<Context, "server" | "newKey">,
  request: JobRequest,
): Promise<Job> {
  const key = newKey();
  for (let left = tries - 1; ; left -= 1) {
    try {
      return (await server.submit(request, key)).job;
    } catch (error) {
      const lost = error instanceof RefusalError && error.refusal.code === "server_unreachable";
      if (!lost || left === 0) throw error;
    }
  }
}
