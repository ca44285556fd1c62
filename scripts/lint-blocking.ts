// The no-blocking-read rule of .oxlintrc.json: what a request asks for is read without holding up the
// others. In the folders that requests pass through, nothing reads or changes files at once.
import type { LintContext, LintRule, Node } from "./lint-types.ts";

export const noBlockingRead: LintRule = {
  create(context: LintContext) {
    return {
      ImportSpecifier(node: Node) {
        const name = node["imported"] as { name?: string } | undefined;
        const source = node.parent?.source?.value;
        if (source !== "node:fs" || name?.name?.endsWith("Sync") !== true) return;
        const message = `${name.name} holds up every other request: use node:fs/promises.`;
        context.report({ node, message });
      },
    };
  },
};
