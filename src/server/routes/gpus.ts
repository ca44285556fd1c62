import { createRoute } from "@hono/zod-openapi";
import { gpus } from "../../contract/gpus.ts";
import { json, refused } from "../answers.ts";
import type { App, ServerParts } from "../parts.ts";

const showGpus = createRoute({
  method: "get",
  path: "/api/v1/gpus",
  operationId: "showGpus",
  summary: "Show the GPUs and the processes that hold them",
  description:
    "Asks the driver. `probe` reports a driver that hangs or crashes; the answer then comes after its time limit.",
  responses: {
    200: json(gpus, "What one sample saw; null is what the driver would not say"),
    ...refused,
  },
});

export function addGpus(app: App, { supervisor }: ServerParts): void {
  app.openapi(showGpus, async (c) => c.json(await supervisor.gpus(), 200));
}
