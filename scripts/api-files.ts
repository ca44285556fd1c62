import { readFileSync } from "node:fs";
import openapiTypes, { astToString, type OpenAPI3 } from "openapi-typescript";
import { OpenAPIHono } from "@hono/zod-openapi";
import { addRoutes } from "../src/server/app.ts";
import { openapiDocument } from "../src/server/openapi-document.ts";
import type { OpenStreams } from "../src/server/open-streams.ts";
import type { AppEnv, ServerParts } from "../src/server/parts.ts";

const root = new URL("../", import.meta.url);

/** The files that follow from the routes: path from the root, and what has to be in them. */
export async function apiFiles(): Promise<Map<string, string>> {
  const manifest = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
    version: string;
  };
  // The routes are only described here and never called, so they need no implementation.
  const app = new OpenAPIHono<AppEnv>();
  addRoutes(app, {} as ServerParts, {} as OpenStreams);
  const document = openapiDocument(app, manifest.version);
  const types = astToString(
    // A property with a default may be left out of a request.
    await openapiTypes(document as OpenAPI3, { defaultNonNullable: false }),
  );
  return new Map([
    ["docs/reference/openapi.json", `${JSON.stringify(document, null, 2)}\n`],
    ["src/client/api-types.ts", `// Written by scripts/generate-api.ts.\n${types}`],
  ]);
}
