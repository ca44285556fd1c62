import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { apiFiles } from "../../scripts/api-files.ts";
import { routes } from "../client/operations.ts";

const generated = await apiFiles();

it.each([...generated])(
  "%s follows from the routes (node scripts/generate-api.ts)",
  (path, text) => {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")).toBe(text);
  },
);

it("the client knows every operation where the document has it", () => {
  const document = JSON.parse(generated.get("docs/reference/openapi.json") ?? "") as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => [
      operationId,
      [method.toUpperCase(), path],
    ]),
  );
  expect(Object.fromEntries(described)).toEqual(routes);
});
