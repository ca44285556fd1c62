import type { MiddlewareHandler } from "hono";
import { RefusalError } from "../contract/problems.ts";
import type { AppEnv } from "./parts.ts";

/** RFC 9112: a request of HTTP/1.1 without a Host is refused. */
export const requireHost: MiddlewareHandler<AppEnv> = (c, next) => {
  const { httpVersion, headers } = c.env.incoming;
  if (httpVersion === "1.1" && headers.host === undefined)
    throw new RefusalError({
      code: "invalid_request",
      details: { where: "the Host header", what: "HTTP/1.1 wants one, such as Host: localhost" },
    });
  return next();
};
