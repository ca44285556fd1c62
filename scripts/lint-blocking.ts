// The no-blocking-read rule of .oxlintrc.json: what a request asks for is read without holding up the
// others. In the folders that requests pass through, nothing reads or changes files at once, apart
// from what blocking-reads.ts lists; and what reads the whole machine is not called there, but in a thread.
import { dirname, relative, resolve, sep } from "node:path";
import { blockingReads, requestFolders, threadFolders, withoutReads } from "./blocking-reads.ts";
import type { LintContext, LintRule, Node } from "./lint-types.ts";

const src = resolve(import.meta.dirname, "../src");

export const noBlockingRead: LintRule = {
  create(context: LintContext) {
    const file = pathBelowSrc(context.filename);
    if (!requestFolders.includes(folderOf(file)) || isOfTests(file)) return {};
    return {
      ImportSpecifier(node: Node) {
        const name = node["imported"] as { name?: string } | undefined;
        const source = node.parent?.source?.value;
        if (source !== "node:fs" || name?.name?.endsWith("Sync") !== true) return;
        if (file in blockingReads) return;
        const message = `${name.name} holds up every other request: use node:fs/promises.`;
        context.report({ node, message });
      },
      ImportDeclaration(node: Node) {
        const source = node.source?.value;
        if (typeof source !== "string" || !source.startsWith(".") || isOfTypes(node)) return;
        const imported = pathBelowSrc(resolve(dirname(context.filename), source));
        if (!threadFolders.includes(folderOf(imported)) || withoutReads.has(imported)) return;
        const message = `${imported} reads the machine: call it in a thread of src/inspection.`;
        context.report({ node, message });
      },
    };
  },
};

function isOfTests(file: string): boolean {
  return file.endsWith(".test.ts") || file.includes("/testing/");
}

function isOfTypes(node: Node): boolean {
  if (node["importKind"] === "type") return true;
  const specifiers = (node["specifiers"] as Node[] | undefined) ?? [];
  return specifiers.length > 0 && specifiers.every((one) => one["importKind"] === "type");
}

/** `server/app.ts`; something else for a file outside. */
function pathBelowSrc(path: string): string {
  return relative(src, path).replaceAll(sep, "/");
}

function folderOf(path: string): string {
  return path.split("/")[0] ?? "";
}
