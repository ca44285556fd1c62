// Not from "zod": this import adds the method that gives each schema its name in the API document.
import { z } from "@hono/zod-openapi";

export const onePause = z
  .object({
    askedAtMs: z.int().meta({ description: "when its keeper received the request" }),
    frozenAtMs: z.int().nullable().meta({
      description: "when its keeper first saw that no process ran; null: it did not see that",
    }),
    endedAtMs: z.int().nullable().meta({ description: "null: it lasts, or its end is not known" }),
    end: z
      .enum(["resume", "stop", "end"])
      .nullable()
      .meta({ description: "what ended it: a request, a stop, or the end of its last process" }),
  })
  .meta({ id: "Pause" });

/** Pauses that Holdfast was asked for. A process that another program stops or freezes is not paused. */
export const pauses = z
  .object({
    count: z.int().nullable().meta({ description: "null: an older keeper did not count them" }),
    totalMs: z.int().meta({ description: "of all, from each request to its end" }),
    list: z.array(onePause).meta({ description: "the first 32 at most" }),
    complete: z.boolean().meta({
      description: "false: as its keeper had reported them before it was lost; there may be more",
    }),
  })
  .meta({ id: "Pauses" });
export type Pauses = z.infer<typeof pauses>;
