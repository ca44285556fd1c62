import { createRoute } from "@hono/zod-openapi";
import { health, version } from "../../contract/server.ts";
import { json, refused } from "../answers.ts";
import type { App, ServerParts } from "../parts.ts";

const showHealth = createRoute({
  method: "get",
  path: "/api/v1/health",
  operationId: "showHealth",
  summary: "How the server is",
  responses: { 200: json(health, "Also while it recovers or shuts down"), ...refused },
});

const showVersion = createRoute({
  method: "get",
  path: "/api/v1/version",
  operationId: "showVersion",
  summary: "What answers here",
  responses: { 200: json(version, "Versions"), ...refused },
});

export function addHealth(app: App, parts: ServerParts): void {
  app.openapi(showHealth, async (c) => c.json(await parts.supervisor.health(), 200));

  app.openapi(showVersion, (c) =>
    c.json(
      {
        version: parts.version,
        api: "v1" as const,
        keeperProtocol: parts.keeperProtocol,
        node: process.version,
      },
      200,
    ),
  );
}
