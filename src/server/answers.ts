import type { z } from "@hono/zod-openapi";
import type { Context, TypedResponse } from "hono";
import { RefusalError, type Result } from "../contract/problems.ts";
import { problem } from "../contract/server.ts";
import type { AppEnv } from "./parts.ts";

/** An answer in JSON, for the OpenAPI document. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { content: { "application/json": { schema } }, description };
}

/** An answer that is JSON already: of a T. */
export function jsonText<T>(
  c: Context<AppEnv>,
  text: string,
): Response & TypedResponse<T, 200, "json"> {
  // Node encodes a long text faster here than on its way into the socket.
  return c.body(Buffer.from(text), 200, { "content-type": "application/json" }) as never;
}

/** Every other answer of every route. */
export const refused = {
  default: {
    content: { "application/problem+json": { schema: problem } },
    description: "Refused or failed; `code` is in the catalogue of errors",
  },
};

/** The value, or the refusal on its way to the one place that answers refusals. */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new RefusalError(result.refusal);
  return result.value;
}
