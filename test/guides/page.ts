import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const project = resolve(import.meta.dirname, "../..");

/** One fenced block of a page. */
export interface Block {
  /** Of its first line within the page. */
  line: number;
  language: string;
  text: string;
  /** Why no test runs it: the rest of the fence, ```sh not run: REASON. */
  notRun: string | null;
  /** With which codes its commands may exit: ```sh exits with 0 or 3. */
  codes: number[];
}

export interface Page {
  path: string;
  blocks: Block[];
  /** Lines that Markdown shows as code although no fence says what they are. */
  indented: number[];
}

/** The pages whose commands a new user pastes. */
export function pages(): Page[] {
  const guides = readdirSync(join(project, "docs/guides")).toSorted();
  return ["README.md", ...guides.map((name) => `docs/guides/${name}`)].map(pageOf);
}

function pageOf(path: string): Page {
  return { path, ...read(readFileSync(join(project, path), "utf8")) };
}

export function read(text: string): Omit<Page, "path"> {
  const blocks: Block[] = [];
  const indented: number[] = [];
  let open: Block | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (open === null) {
      if (fence !== null) open = blockOf(index + 2, fence[1] ?? "");
      else if (/^ {4}\S/.test(line)) indented.push(index + 1);
    } else if (fence === null) open.text += `${line}\n`;
    else {
      blocks.push(open);
      open = null;
    }
  }
  return { blocks, indented };
}

function blockOf(line: number, info: string): Block {
  const [, language = "", rest = ""] = /^(\S*)\s*(.*)$/.exec(info) ?? [];
  const notRun = /^not run: (.+)$/.exec(rest)?.[1] ?? null;
  const codes = /^exits with (\d+(?: or \d+)*)$/.exec(rest)?.[1]?.split(" or ").map(Number);
  if (rest !== "" && notRun === null && codes === undefined)
    throw new Error(`line ${line - 1}: "${rest}" is neither a reason nor a list of exit codes`);
  return { line, language, text: "", notRun, codes: codes ?? [0] };
}
