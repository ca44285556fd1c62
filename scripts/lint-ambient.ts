// The no-ambient rule of .oxlintrc.json: time, chance and child processes come in as arguments, so
// that a test can replace them. src/system is where the real ones live.
import type { LintRule, Node } from "./lint-types.ts";

const members: Record<string, string[]> = {
  Date: ["now"],
  Math: ["random"],
  performance: ["now"],
  process: ["hrtime"],
  globalThis: ["setTimeout", "setInterval", "setImmediate"],
};
const timers = new Set(["setTimeout", "setInterval", "setImmediate"]);
const modules = /^(node:)?(child_process|timers|timers\/promises)$/;

export const noAmbient: LintRule = {
  create(context) {
    const report = (node: Node, what: string): void => {
      context.report({ node, message: `${what} only in src/system: take it as an argument.` });
    };
    const checkSource = (node: Node): void => {
      if (node["importKind"] === "type") return; // a type does nothing
      const source = node.source?.value;
      if (typeof source === "string" && modules.test(source)) report(node, source);
    };
    return {
      MemberExpression(node) {
        const object = node.object?.name ?? "";
        const property = node.property?.name ?? node.property?.value;
        if (typeof property === "string" && members[object]?.includes(property)) {
          report(node, `${object}.${property}`);
        }
      },
      NewExpression(node) {
        if (node.callee?.name === "Date" && node.arguments?.length === 0)
          report(node, "new Date()");
      },
      CallExpression(node) {
        if (node.callee?.name === "Date") report(node, "Date()");
      },
      Identifier(node) {
        if (timers.has(node.name ?? "") && isUsedAsValue(node)) report(node, node.name ?? "");
      },
      ImportDeclaration: checkSource,
      ImportExpression: checkSource,
      ExportNamedDeclaration: checkSource,
      ExportAllDeclaration: checkSource,
    };
  },
};

/** Distinguishes a use of the global from a property, parameter or method of the same name. */
function isUsedAsValue(node: Node): boolean {
  const parent = node.parent;
  switch (parent?.type) {
    case "CallExpression":
      return parent.callee === node || (parent.arguments?.includes(node) ?? false);
    case "VariableDeclarator":
      return parent["init"] === node;
    case "AssignmentExpression":
      return parent["right"] === node;
    case "Property":
      return parent["value"] === node && parent.parent?.type === "ObjectExpression";
    default:
      return false;
  }
}
