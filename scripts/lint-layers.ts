// The import-direction rule of .oxlintrc.json: a folder of src/ imports from the lines below its
// own, never from its own line or from above.
import { dirname, resolve, sep } from "node:path";
import type { LintContext, LintRule, Node } from "./lint-types.ts";

const lines = [
  ["main", "hosting"],
  ["server", "cli"],
  ["selftest"],
  ["supervisor", "rescue"],
  ["inspection"],
  ["compose"],
  ["scheduler", "engines", "orphans", "doctor", "recovery", "reading"],
  ["containment", "gpu", "client"],
  ["processes", "store", "config"],
  ["system", "contract"],
  ["job"],
];

/** Folders that may see less than what lies below them. */
const only: Record<string, string[]> = {
  cli: ["client", "contract"],
  web: ["client", "contract"],
  client: ["processes", "config", "contract", "system"],
};

/** Pure folders: decisions that depend on nothing but their arguments. */
const withoutNode = new Set(["job", "scheduler"]);

const src = resolve(import.meta.dirname, "../src");
const web = resolve(import.meta.dirname, "../web");

export const importDirection: LintRule = {
  create(context) {
    const from = folderOf(context.filename);
    if (from === undefined) return {};
    const check = (node: Node): void => {
      const source = node.source?.value;
      if (typeof source !== "string") return;
      const message = objection(context, from, source);
      if (message !== undefined) context.report({ node, message });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

function objection(context: LintContext, from: string, source: string): string | undefined {
  if (!source.startsWith(".")) {
    const isTest = context.filename.endsWith(".test.ts");
    if (!source.startsWith("node:") || isTest || !withoutNode.has(from)) return undefined;
    return `src/${from} is pure: it imports no ${source}. Take what is needed as an argument.`;
  }
  const to = folderOf(resolve(dirname(context.filename), source));
  if (to === undefined || to === from) return undefined;
  const allowed = only[from] ?? below(from);
  if (allowed.includes(to)) return undefined;
  return `${from} may not import from ${to}, only from: ${allowed.join(", ") || "nothing"}.`;
}

function below(folder: string): string[] {
  const line = lines.findIndex((names) => names.includes(folder));
  if (line === -1) throw new Error(`scripts/lint-layers.ts does not say where ${folder} belongs`);
  return lines.slice(line + 1).flat();
}

/** "server" for src/server/routes/job.ts, "main" for src/main.ts, "web", or undefined. */
function folderOf(path: string): string | undefined {
  if (path.startsWith(web + sep)) return "web";
  if (!path.startsWith(src + sep) || path.endsWith(".d.ts")) return undefined;
  return path
    .slice(src.length + 1)
    .split(sep)[0]
    ?.replace(/\.tsx?$/, "");
}
