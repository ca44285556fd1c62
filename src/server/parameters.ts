import { z } from "@hono/zod-openapi";
import { states } from "../job/states.ts";

const largestPageRows = 500;
const defaultPageRows = 100;

/** Digits of a number that JavaScript holds exactly. */
const whole = /^\d{1,15}$/;

/** `{id}` in a path. */
export const jobIdParam = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, "a job's number, such as 42")
    .transform(Number)
    .openapi({ param: { name: "id", in: "path" }, type: "integer", minimum: 1, example: 42 }),
});

/** A whole number ≥ 0 in a query. */
export function count(description: string, fallback: number) {
  return z
    .string()
    .regex(whole, "a whole number, 0 or more")
    .transform(Number)
    .default(fallback)
    .openapi({ type: "integer", minimum: 0, default: fallback, description });
}

export const pageLimit = z
  .string()
  .regex(whole, `a whole number from 1 to ${largestPageRows}`)
  .transform(Number)
  .refine((n) => n >= 1 && n <= largestPageRows, `from 1 to ${largestPageRows}`)
  .default(defaultPageRows)
  .openapi({ type: "integer", minimum: 1, maximum: largestPageRows, default: defaultPageRows });

/** `attempt=2` in a query. */
export const attemptNumber = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, "an attempt's number, such as 1")
  .transform(Number)
  .optional()
  .openapi({ type: "integer", minimum: 1, description: "Left out: the last attempt" });

/** `true` or `false`; left out, it is false. */
export function flag(description: string) {
  return z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .openapi({ type: "boolean", default: false, description });
}

/** `state=queued&state=running` and `state=queued,running` say the same. */
export const stateFilter = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((value) => [value].flat().flatMap((text) => text.split(",")))
  .pipe(z.array(z.enum(states)))
  .openapi({
    type: "array",
    items: { type: "string", enum: [...states] },
    description: "Repeated or separated by commas; left out: every state",
  });
