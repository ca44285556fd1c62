import { OpenAPIHono } from "@hono/zod-openapi";
import { openapiDocument, registerSharedSchemas } from "./openapi-document.ts";
import type { App, AppEnv, ServerParts } from "./parts.ts";
import { addEventStream } from "./routes/event-stream.ts";
import { addEvents } from "./routes/events.ts";
import { addHealth } from "./routes/health.ts";
import { addJobs } from "./routes/jobs.ts";
import { addOutput } from "./routes/output.ts";
import { addReceipt } from "./routes/receipt.ts";
import { addVerbs } from "./routes/verbs.ts";

/** The whole API over a supervisor. It serves nothing until somebody listens. */
export function createApp(parts: ServerParts): App {
  const app = new OpenAPIHono<AppEnv>();
  registerSharedSchemas(app);
  addJobs(app, parts);
  addVerbs(app, parts);
  addReceipt(app, parts);
  addOutput(app, parts);
  addEvents(app, parts);
  addEventStream(app, parts);
  addHealth(app, parts);
  app.get("/openapi.json", (c) => c.json(openapiDocument(app, parts.version)));
  return app;
}
