import { createRoute } from "@hono/zod-openapi";
import { receipt } from "../../contract/receipt.ts";
import { json, refused, valueOf } from "../answers.ts";
import { jobIdParam } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";

const show = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}/receipt",
  operationId: "showReceipt",
  summary: "How an ended job ended, and what proves that nothing of it lives",
  request: { params: jobIdParam },
  responses: { 200: json(receipt, "The receipt of the last attempt"), ...refused },
});

export function addReceipt(app: App, { supervisor }: ServerParts): void {
  app.openapi(show, (c) => c.json(valueOf(supervisor.receipt(c.req.valid("param").id)), 200));
}
