import type { Metrics } from "../metrics.ts";
import type { App } from "../parts.ts";

/** For Prometheus; not part of the versioned API. */
export function addMetrics(app: App, metrics: Metrics): void {
  app.get("/metrics", async (c) =>
    c.body(await metrics.registry.metrics(), 200, {
      "content-type": metrics.registry.contentType,
    }),
  );
}
