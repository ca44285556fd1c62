import { z } from "zod";

/** At most ten years. */
export const durationMs = z
  .int()
  .min(0)
  .max(10 * 365 * 86_400_000);
