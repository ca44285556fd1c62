import type { Context } from "hono";
import { createRoute, z } from "@hono/zod-openapi";
import { leftoverList, leftoverRequest } from "../../contract/leftovers.ts";
import { orphanPlan, orphanReceipt, planRequest, reapRequest } from "../../contract/orphan-plan.ts";
import { orphanRules, ruleTest, ruleTestRequest } from "../../contract/orphan-rules.ts";
import { orphanScan, scanRequest } from "../../contract/orphans.ts";
import { statusSources } from "../../contract/status-source.ts";
import { holders } from "../../contract/holders.ts";
import { json, refused, valueOf } from "../answers.ts";
import { clientOf } from "../client-of.ts";
import type { App, AppEnv, ServerParts } from "../parts.ts";

const planParam = z.object({
  plan: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, "a plan's number, such as 7")
    .transform(Number)
    .openapi({ param: { name: "plan", in: "path" }, type: "integer", minimum: 1, example: 7 }),
});

const body = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { "application/json": { schema } },
});

const scan = createRoute({
  method: "post",
  path: "/api/v1/orphans/scan",
  operationId: "scanOrphans",
  summary: "Look for processes that others left behind",
  description: "Takes as long as the window. Changes nothing.",
  request: { body: body(scanRequest) },
  responses: { 200: json(orphanScan, "The suspected processes, with reasons"), ...refused },
});

const leftovers = createRoute({
  method: "post",
  path: "/api/v1/orphans/leftovers",
  operationId: "listLeftovers",
  summary: "List shared memory, semaphores, sockets and folders of dead makers",
  request: { body: body(leftoverRequest) },
  responses: { 200: json(leftoverList, "What no process holds any more"), ...refused },
});

const plan = createRoute({
  method: "post",
  path: "/api/v1/orphans/plans",
  operationId: "planOrphans",
  summary: "Write a plan: which processes would be ended, why, and what that frees",
  request: { body: body(planRequest) },
  responses: { 201: json(orphanPlan, "The plan, with its number"), ...refused },
});

const showPlan = createRoute({
  method: "get",
  path: "/api/v1/orphans/plans/{plan}",
  operationId: "showOrphanPlan",
  summary: "Show a plan",
  request: { params: planParam },
  responses: { 200: json(orphanPlan, "The plan as it was written"), ...refused },
});

const reap = createRoute({
  method: "post",
  path: "/api/v1/orphans/plans/{plan}/reap",
  operationId: "reapOrphans",
  summary: "Carry a plan out",
  description: "Checks each process again and skips those that are not as planned.",
  request: { params: planParam, body: body(reapRequest) },
  responses: { 200: json(orphanReceipt, "What became of each process"), ...refused },
});

const receipt = createRoute({
  method: "get",
  path: "/api/v1/orphans/plans/{plan}/receipt",
  operationId: "showOrphanReceipt",
  summary: "Show what became of a plan",
  request: { params: planParam },
  responses: { 200: json(orphanReceipt, "As it was written"), ...refused },
});

const rules = createRoute({
  method: "get",
  path: "/api/v1/orphans/rules",
  operationId: "listOrphanRules",
  summary: "List the rules",
  responses: { 200: json(orphanRules, "The user's rules and the built-in ones"), ...refused },
});

const status = createRoute({
  method: "get",
  path: "/api/v1/orphans/status",
  operationId: "listOrphanStatusSources",
  summary: "Check the sources of other systems' job status",
  description: "Asks each source once, with the jobs that processes name now. Changes nothing.",
  responses: { 200: json(statusSources, "Whether each answers, and what"), ...refused },
});

const testRules = createRoute({
  method: "post",
  path: "/api/v1/orphans/rules/test",
  operationId: "testOrphanRules",
  summary: "Show what rules would match now",
  request: { body: body(ruleTestRequest) },
  responses: { 200: json(ruleTest, "The processes that they match, suspected or not"), ...refused },
});

const holdersRoute = createRoute({
  method: "get",
  path: "/api/v1/holders",
  operationId: "showHolders",
  summary: "Show the processes that hold a GPU, a port, shared memory or a file",
  request: {
    query: z.object({
      target: z
        .string()
        .min(1)
        .max(4200)
        .openapi({ example: "port:8000", description: "gpu:, port:, pid:, shm: or file:" }),
    }),
  },
  responses: { 200: json(holders, "The holders, and what would free it"), ...refused },
});

export function addOrphans(app: App, { orphans, isCommandHost }: ServerParts): void {
  app.openapi(scan, async (c) => c.json(valueOf(await orphans.scan(c.req.valid("json"))), 200));
  app.openapi(leftovers, async (c) =>
    c.json(valueOf(await orphans.leftovers(c.req.valid("json"))), 200),
  );
  app.openapi(plan, async (c) => {
    const asked = c.req.valid("json");
    return c.json(valueOf(await orphans.plan(asked, await askerOf(c, isCommandHost))), 201);
  });
  app.openapi(showPlan, async (c) =>
    c.json(valueOf(await orphans.showPlan(c.req.valid("param").plan)), 200),
  );
  app.openapi(reap, async (c) => {
    const { plan: number } = c.req.valid("param");
    return c.json(
      valueOf(await orphans.reap(number, c.req.valid("json"), await askerOf(c, isCommandHost))),
      200,
    );
  });
  app.openapi(receipt, async (c) =>
    c.json(valueOf(await orphans.showReceipt(c.req.valid("param").plan)), 200),
  );
  app.openapi(rules, async (c) => c.json(valueOf(await orphans.rules()), 200));
  app.openapi(status, async (c) => c.json(valueOf(await orphans.statusSources()), 200));
  app.openapi(testRules, async (c) => {
    const { text, name } = c.req.valid("json");
    return c.json(valueOf(await orphans.testRules(text, name)), 200);
  });
  app.openapi(holdersRoute, async (c) =>
    c.json(valueOf(await orphans.holders(c.req.valid("query").target)), 200),
  );
}

/** It and its parents are spared when a whole family is ended. */
async function askerOf(
  c: Context<AppEnv>,
  isHost: ServerParts["isCommandHost"],
): Promise<number | null> {
  return (await clientOf(c, isHost))?.pid ?? null;
}
