/** The little of the linter's plugin interface that the project's own rules use. */
export interface Node {
  type: string;
  name?: string;
  value?: unknown;
  computed?: boolean;
  source?: Node | null;
  callee?: Node;
  object?: Node;
  property?: Node;
  arguments?: Node[];
  parent?: Node;
  [field: string]: unknown;
}

export interface LintContext {
  filename: string;
  report(problem: { node: Node; message: string }): void;
}

export interface LintRule {
  create(context: LintContext): Record<string, (node: Node) => void>;
}
