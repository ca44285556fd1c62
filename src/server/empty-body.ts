import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./parts.ts";

/** For an optional body: many clients send a content type even without a body. */
export const emptyIsNone: MiddlewareHandler<AppEnv> = async (c, next) => {
  if ((await c.req.arrayBuffer()).byteLength === 0) c.req.raw.headers.delete("content-type");
  await next();
};
