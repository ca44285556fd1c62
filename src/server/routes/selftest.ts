import { createRoute } from "@hono/zod-openapi";
import { selftest } from "../../contract/selftest.ts";
import { runSelftest } from "../../selftest/selftest.ts";
import { json, refused } from "../answers.ts";
import type { App, ServerParts } from "../parts.ts";

const run = createRoute({
  method: "post",
  path: "/api/v1/selftest",
  operationId: "runSelftest",
  summary: "Run jobs that try to escape, and report what this machine can prove",
  description: "Takes a few seconds. The jobs are removed again.",
  responses: { 200: json(selftest, "What was tried, and what became of it"), ...refused },
});

export function addSelftest(app: App, { supervisor, clock, stateDir }: ServerParts): void {
  app.openapi(run, async (c) =>
    c.json(await runSelftest({ supervisor, clock, folder: stateDir }), 200),
  );
}
