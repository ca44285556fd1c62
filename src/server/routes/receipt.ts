import { createRoute, z } from "@hono/zod-openapi";
import { attemptList } from "../../contract/attempt.ts";
import { receipt } from "../../contract/receipt.ts";
import { json, refused, valueOf } from "../answers.ts";
import { attemptNumber, jobIdParam } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";

const show = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}/receipt",
  operationId: "showReceipt",
  summary: "How an ended job ended, and what proves that nothing of it lives",
  request: { params: jobIdParam, query: z.object({ attempt: attemptNumber }) },
  responses: {
    200: json(receipt, "The receipt of that attempt, or of the last one when the job has ended"),
    ...refused,
  },
});

const attempts = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}/attempts",
  operationId: "listAttempts",
  summary: "A job's attempts, oldest first, each with its own end",
  request: { params: jobIdParam },
  responses: { 200: json(attemptList, "All of them"), ...refused },
});

export function addReceipt(app: App, { supervisor }: ServerParts): void {
  app.openapi(show, async (c) => {
    const { attempt = null } = c.req.valid("query");
    return c.json(valueOf(await supervisor.receipt(c.req.valid("param").id, attempt)), 200);
  });
  app.openapi(attempts, async (c) =>
    c.json(valueOf(await supervisor.attempts(c.req.valid("param").id)), 200),
  );
}
