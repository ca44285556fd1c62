// Readers for scripts/language.ts: each returns its source with everything except prose replaced,
// so that offsets and lines stay those of the file.
import ts from "typescript";

export type Reader = (source: string) => string;

/** Stands for code. It is neither a blank nor a letter, so no pattern matches across it. */
const code = "\0";

interface Span {
  start: number;
  end: number;
}

/** The text without code blocks, code spans, link targets and addresses. */
export const markdown: Reader = (source) => {
  const lines = source.split("\n");
  let fence: string | undefined;
  let isBlock = false;
  let isAfterBlank = true;
  const kept = lines.map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined || mark !== undefined) {
      if (fence === undefined) fence = mark;
      else if (mark?.startsWith(fence)) fence = undefined;
      return code.repeat(line.length);
    }
    const isBlank = line.trim() === "";
    isBlock = line.startsWith("    ") && (isBlock || isAfterBlank);
    isAfterBlank = isBlank || isBlock;
    return isBlock ? code.repeat(line.length) : line;
  });
  return withoutQuotations(kept.join("\n").replaceAll(/\]\([^)\s]*\)/gu, hide));
};

/** Comments, and strings that contain a blank: a string without one is a name. */
export const typescript: Reader = (source) => {
  const spans: Span[] = [];
  visitTokens(source, (token, file) => {
    spans.push({ start: token.getFullStart(), end: token.getStart(file) });
    if (isText(token) && !ts.isImportDeclaration(token.parent)) spans.push(inner(token, file));
  });
  return prose(source, spans);
};

/** The titles of tests and of their groups. */
export const testTitles: Reader = (source) => {
  const spans: Span[] = [];
  visitTokens(source, (token, file) => {
    if (!isText(token)) return;
    const call = ts.findAncestor(token, ts.isCallExpression);
    const title = call?.arguments[0];
    if (call === undefined || title === undefined || !isWithin(token, title)) return;
    if (/^(?:it|test|describe)\b/.test(call.expression.getText(file)))
      spans.push(inner(token, file));
  });
  return prose(source, spans);
};

/** Comments, and strings that contain a blank. */
export const c: Reader = (source) => {
  const tokens = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/gu;
  const spans: Span[] = [];
  for (const { index, 0: token } of source.matchAll(tokens)) {
    const start = index + (token.startsWith("/") ? 0 : 1);
    if (!token.startsWith("'")) spans.push({ start, end: index + token.length - (start - index) });
  }
  return prose(source, spans);
};

/** The identifiers of TypeScript. */
export const typescriptNames: Reader = (source) => {
  const spans: Span[] = [];
  visitTokens(source, (token, file) => {
    if (ts.isIdentifier(token) || ts.isPrivateIdentifier(token))
      spans.push({ start: token.getStart(file), end: token.getEnd() });
  });
  return only(source, spans);
};

/** The identifiers of C: what is neither a comment nor a literal. */
export const cNames: Reader = (source) => {
  const tokens = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/gu;
  return source.replaceAll(tokens, hide);
};

const pythonTokens =
  /#[^\n]*|[rbfuRBFU]{0,2}(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')/gu;
const sqlTokens = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/gu;

/** Comments and strings that contain a blank. */
function proseIn(tokens: RegExp): Reader {
  return (source) => {
    let text = "";
    let at = 0;
    for (const { index, 0: token } of source.matchAll(tokens)) {
      text += hide(source.slice(at, index)) + (token.includes(" ") ? token : hide(token));
      at = index + token.length;
    }
    return withoutQuotations(text + hide(source.slice(at)));
  };
}

export const python: Reader = proseIn(pythonTokens);
/** The identifiers of Python. */
export const pythonNames: Reader = (source) => source.replaceAll(pythonTokens, hide);
export const sql: Reader = proseIn(sqlTokens);
/** Tables and columns. */
export const sqlNames: Reader = (source) => source.replaceAll(sqlTokens, hide);

function only(source: string, spans: Span[]): string {
  let text = "";
  let at = 0;
  for (const { start, end } of spans) {
    text += hide(source.slice(at, start)) + source.slice(start, end);
    at = end;
  }
  return text + hide(source.slice(at));
}

function visitTokens(source: string, found: (token: ts.Node, file: ts.SourceFile) => void): void {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return; // its text is part of what precedes the first token behind it
    const children = node.getChildren(file);
    if (children.length === 0) found(node, file);
    for (const child of children) visit(child);
  };
  visit(file);
}

function isText(token: ts.Node): boolean {
  return (
    ts.isStringLiteral(token) ||
    ts.isNoSubstitutionTemplateLiteral(token) ||
    ts.isTemplateHead(token) ||
    ts.isTemplateMiddleOrTemplateTail(token)
  );
}

function isWithin(inside: ts.Node, around: ts.Node): boolean {
  return around.pos <= inside.pos && inside.end <= around.end;
}

/** A literal without its quotation marks. */
function inner(token: ts.Node, file: ts.SourceFile): Span {
  return { start: token.getStart(file) + 1, end: token.getEnd() - 1 };
}

/** The text in the spans; the markers of comments, and escapes in strings, become blanks. */
function prose(source: string, spans: Span[]): string {
  let text = "";
  let at = 0;
  for (const { start, end } of spans) {
    const part = source.slice(start, end);
    text += hide(source.slice(at, start));
    if (/^\s*\/[/*]/u.test(part))
      text += part.replaceAll(/^\s*(?:\/\*+|\*(?!\/)|\/\/)|\*\/|\/\/(?= )/gmu, blank);
    else text += part.includes(" ") ? part.replaceAll(/\\[\s\S]/gu, unescaped) : hide(part);
    at = end;
  }
  return withoutQuotations(text + hide(source.slice(at)));
}

function withoutQuotations(text: string): string {
  return text
    .replaceAll(/(`+)(?!`)(?:(?!\n\s*\n)[^\0]){1,400}?(?<!`)\1(?!`)/gu, hide)
    .replaceAll(/https?:\/\/[^\s)>]+/gu, hide);
}

const hide = (text: string): string => text.replaceAll(/[^\n]/gu, code);
const unescaped = (text: string): string => (text === "\\`" ? " `" : blank(text));
const blank = (text: string): string => text.replaceAll(/[^\n]/gu, " ");
