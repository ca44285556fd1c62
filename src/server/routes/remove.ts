import { createRoute } from "@hono/zod-openapi";
import { refused, valueOf } from "../answers.ts";
import { jobIdParam } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";

const route = createRoute({
  method: "delete",
  path: "/api/v1/jobs/{id}",
  operationId: "removeJob",
  summary: "Remove an ended job with its folder",
  request: { params: jobIdParam },
  responses: { 204: { description: "It is gone" }, ...refused },
});

export function addRemove(app: App, { supervisor }: ServerParts): void {
  app.openapi(route, async (c) => {
    valueOf(await supervisor.remove(c.req.valid("param").id));
    return c.body(null, 204);
  });
}
