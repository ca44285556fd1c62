import { OpenAPIHono } from "@hono/zod-openapi";
import { limitBody } from "./body-limit.ts";
import { Metrics } from "./metrics.ts";
import { OpenStreams } from "./open-streams.ts";
import { openapiDocument, registerSharedSchemas } from "./openapi-document.ts";
import type { App, AppEnv, ServerParts } from "./parts.ts";
import { answerInvalid, answerNoRoute, answerThrown } from "./problem-answers.ts";
import { addDoctor } from "./routes/doctor.ts";
import { requireHost } from "./require-host.ts";
import { addEventStream } from "./routes/event-stream.ts";
import { addEvents } from "./routes/events.ts";
import { addGpus } from "./routes/gpus.ts";
import { addHealth } from "./routes/health.ts";
import { addJobVerbs } from "./routes/job-verbs.ts";
import { addMetrics } from "./routes/metrics.ts";
import { addOrphanWatch } from "./routes/orphan-watch.ts";
import { addOrphans } from "./routes/orphans.ts";
import { addOutput } from "./routes/output.ts";
import { addProcesses } from "./routes/processes.ts";
import { addReceipt } from "./routes/receipt.ts";
import { addSelftest } from "./routes/selftest.ts";

/** The whole API over a supervisor. `streams` are the answers that are still being sent. */
export function createApp(parts: ServerParts): { app: App; streams: OpenStreams } {
  const app = new OpenAPIHono<AppEnv>({ defaultHook: answerInvalid });
  const streams = new OpenStreams(parts.clock, parts.log);
  const metrics = new Metrics(parts, streams);
  app.onError(answerThrown(parts));
  app.notFound(answerNoRoute);
  app.use(metrics.measure, requireHost, limitBody);
  addRoutes(app, parts, streams);
  addMetrics(app, metrics);
  return { app, streams };
}

/** The versioned API and its document. */
export function addRoutes(app: App, parts: ServerParts, streams: OpenStreams): void {
  registerSharedSchemas(app);
  addJobVerbs(app, parts);
  addReceipt(app, parts);
  addProcesses(app, parts);
  addOutput(app, parts, streams);
  addEvents(app, parts);
  addEventStream(app, parts, streams);
  addHealth(app, parts);
  addGpus(app, parts);
  addSelftest(app, parts);
  addOrphans(app, parts);
  addDoctor(app, parts);
  addOrphanWatch(app, parts, streams);
  app.get("/openapi.json", (c) => c.json(openapiDocument(app, parts.version)));
}
