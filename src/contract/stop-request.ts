// Not from "zod": this import adds the method that gives each schema its name in the API document.
import { z } from "@hono/zod-openapi";
import { states } from "../job/states.ts";
import { durationMs } from "./duration-ms.ts";

const onlyIn = z.array(z.enum(states)).min(1).optional().meta({
  description: "refuse with `not_allowed_now` if the job is not in one of these states",
});

export const stopRequest = z
  .strictObject({ graceMs: durationMs.optional(), onlyIn })
  .meta({ id: "StopRequest" });

export const killRequest = z.strictObject({ onlyIn }).meta({ id: "KillRequest" });
