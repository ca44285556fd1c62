import { createRoute } from "@hono/zod-openapi";
import { jobProcesses } from "../../contract/job-process.ts";
import { json, refused, valueOf } from "../answers.ts";
import { jobIdParam } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";

const list = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}/processes",
  operationId: "listProcesses",
  summary: "The live processes of a job, and what ties each one to it",
  request: { params: jobIdParam },
  responses: { 200: json(jobProcesses, "In no particular order; ppid makes the tree"), ...refused },
});

export function addProcesses(app: App, { supervisor }: ServerParts): void {
  app.openapi(list, async (c) =>
    c.json(valueOf(await supervisor.processes(c.req.valid("param").id)), 200),
  );
}
