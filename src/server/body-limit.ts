import { isUtf8 } from "node:buffer";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { RefusalError } from "../contract/problems.ts";
import { formatSize } from "../contract/units.ts";
import type { AppEnv } from "./parts.ts";

export const largestBodyBytes = 4 * 1024 * 1024;

const tooLarge = () =>
  new RefusalError({ code: "body_too_large", details: { limit: formatSize(largestBodyBytes) } });

/** A body without a length is counted while it comes in. */
const counted = bodyLimit({
  maxSize: largestBodyBytes,
  onError: () => {
    throw tooLarge();
  },
});

/** Refuses bodies that are too large before they are held in memory, and those that are not UTF-8. */
export const limitBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.method === "GET" || c.req.method === "HEAD") return next();
  const length = c.req.header("content-length");
  if (length === "0") return next();
  if (Number(length ?? 0) > largestBodyBytes) throw tooLarge();
  const checked = async () => {
    // Decoding would silently put replacement characters into a command.
    if (!isUtf8(await c.req.arrayBuffer()))
      throw new RefusalError({
        code: "invalid_request",
        details: { where: "the body", what: "it is not UTF-8" },
      });
    await next();
  };
  if (length !== undefined) return checked();
  return counted(c, checked);
};
