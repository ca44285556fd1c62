export type EnvFile = { ok: true; variables: [string, string][] } | { ok: false; line: number };

// `s`: a value may contain characters that end a line in JavaScript but not in files.
const assignment = /^(?:export\s+)?([^\s=]+)\s*=\s*(.*)$/s;

/**
 * Lines `KEY=VALUE`. Empty lines and lines that begin with # are skipped; a leading `export` is
 * allowed. A value may be in single quotes (taken literally) or double quotes (\n, \", \\ are
 * replaced). Nothing is expanded. `line` counts from 1.
 */
export function parseEnvFile(text: string): EnvFile {
  const variables: [string, string][] = [];
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, name, value] = assignment.exec(line) ?? [];
    const plain = value === undefined ? null : unquoted(value);
    if (name === undefined || plain === null) return { ok: false, line: index + 1 };
    variables.push([name, plain]);
  }
  return { ok: true, variables };
}

/** Null for a quote that is never closed. */
function unquoted(value: string): string | null {
  const quote = value[0];
  if (quote !== '"' && quote !== "'") return value;
  if (value.length < 2 || !value.endsWith(quote)) return null;
  const inner = value.slice(1, -1);
  if (quote === "'") return inner.includes("'") ? null : inner;
  if (!/^(?:[^"\\]|\\.)*$/s.test(inner)) return null;
  return inner.replace(/\\(.)/gs, (_, character: string) => (character === "n" ? "\n" : character));
}
