import { attemptView, outcomeView } from "../contract/attempt.ts";
import { progress, waiting } from "../contract/job.ts";
import { stopping } from "../contract/stopping.ts";
import { orphanReceipt } from "../contract/orphan-plan.ts";
import { suspect } from "../contract/orphans.ts";
import type { App } from "./parts.ts";

/**
 * Schemas that are null in some places. The generator takes a component's form from the first use
 * that it meets, and a nullable first use would make the component nullable everywhere.
 */
export function registerSharedSchemas(app: App): void {
  const shared = {
    Waiting: waiting,
    Attempt: attemptView,
    Stopping: stopping,
    Outcome: outcomeView,
    Progress: progress,
    Suspect: suspect,
    OrphanReceipt: orphanReceipt,
  };
  for (const [name, schema] of Object.entries(shared)) app.openAPIRegistry.register(name, schema);
}

/** The OpenAPI 3.1 document of the routes that `app` really has. */
export function openapiDocument(app: App, version: string): object {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Holdfast",
      version,
      description:
        "Queue, run and contain jobs on one machine. Served on a Unix socket. " +
        "Times are UTC milliseconds, durations milliseconds, sizes bytes.",
    },
  });
  return withNullableReferences(document) as object;
}

/** The generator writes "this component or null" as allOf, which nothing can satisfy with null. */
function withNullableReferences(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withNullableReferences);
  if (typeof node !== "object" || node === null) return node;
  const { allOf, ...rest } = node as { allOf?: unknown[] };
  const [reference, alternative] = allOf ?? [];
  if (isReference(reference) && allowsNull(alternative))
    return { ...rest, anyOf: [reference, { type: "null" }] };
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, withNullableReferences(value)]),
  );
}

function isReference(node: unknown): boolean {
  return typeof node === "object" && node !== null && "$ref" in node;
}

function allowsNull(node: unknown): boolean {
  const { type } = (node ?? {}) as { type?: unknown };
  return Array.isArray(type) && type.includes("null");
}
