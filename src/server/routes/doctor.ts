import { createRoute } from "@hono/zod-openapi";
import { doctorAlerts, doctorReport, doctorRequest } from "../../contract/doctor.ts";
import { json, refused, valueOf } from "../answers.ts";
import type { App, ServerParts } from "../parts.ts";

const examine = createRoute({
  method: "post",
  path: "/api/v1/doctor",
  operationId: "examineMachine",
  summary: "Say why the machine, or a job, is slow",
  description: "Takes as long as the window, usually 20 seconds. Changes nothing.",
  request: {
    body: { required: true, content: { "application/json": { schema: doctorRequest } } },
  },
  responses: {
    200: json(doctorReport, "Verdicts, the worst first, and what was measured"),
    ...refused,
  },
});

const alerts = createRoute({
  method: "get",
  path: "/api/v1/doctor/alerts",
  operationId: "listDoctorAlerts",
  summary: "What the server's own examinations have raised",
  responses: { 200: json(doctorAlerts, "Raised now, and lately raised and cleared"), ...refused },
});

export function addDoctor(app: App, { doctor, standingDoctor }: ServerParts): void {
  app.openapi(examine, async (c) => {
    // The client does not wait for the answer any more.
    const gone = new AbortController();
    const { outgoing } = c.env;
    outgoing.once("close", () => gone.abort());
    return c.json(valueOf(await doctor.examine(c.req.valid("json"), { signal: gone.signal })), 200);
  });
  app.openapi(alerts, (c) => c.json(standingDoctor.alerts, 200));
}
