import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./parts.ts";

/** For a body that may be left out: many clients name its kind also where there is none. */
export const emptyIsNone: MiddlewareHandler<AppEnv> = async (c, next) => {
  if ((await c.req.arrayBuffer()).byteLength === 0) c.req.raw.headers.delete("content-type");
  await next();
};
