import type { Block } from "./page.ts";

/** One step of a page. */
export interface Step {
  line: number;
  /** A command as it is pasted, or a file as it is written. */
  text: string;
  kind: "command" | "configuration" | "rules";
  /** How it may exit. */
  codes: number[];
  /** Its comment says that Ctrl+C ends it. */
  untilInterrupt: boolean;
  /** Its comment says that it is for a machine with a GPU. */
  needsGpu: boolean;
  /** What the page shows below it. */
  shown: string | null;
}

/** @throws Error where nothing says how such a block is tried, or why it is not. */
export function stepsOf(block: Block): Step[] {
  if (block.notRun !== null) return [];
  switch (block.language) {
    case "sh":
      return commands(block);
    case "console":
      return session(block);
    case "toml":
      return [step(block, block.line, block.text, kindOf(block.text))];
    default:
      throw new Error(
        `line ${block.line}: a block of "${block.language}" is not run; write why behind its language, "not run: REASON"`,
      );
  }
}

function kindOf(toml: string): Step["kind"] {
  return toml.includes("[[rule]]") ? "rules" : "configuration";
}

function commands(block: Block): Step[] {
  const found: Step[] = [];
  let continued = "";
  for (const [index, line] of block.text.split("\n").entries()) {
    if (line.endsWith("\\")) {
      continued += `${line}\n`;
      continue;
    }
    if (/^\s*(#|$)/.test(line)) continue;
    found.push(step(block, block.line + index, continued + line));
    continued = "";
  }
  return found;
}

/** `$ command`, and below it what it prints. */
function session(block: Block): Step[] {
  const found: Step[] = [];
  for (const [index, line] of block.text.trimEnd().split("\n").entries()) {
    const typed = /^\$ (.*)$/.exec(line)?.[1];
    const last = found.at(-1);
    if (typed !== undefined) found.push({ ...step(block, block.line + index, typed), shown: "" });
    else if (last === undefined) throw new Error(`line ${block.line}: it begins with no "$ "`);
    else last.shown += `${line}\n`;
  }
  return found;
}

function step(block: Block, line: number, text: string, kind: Step["kind"] = "command"): Step {
  const untilInterrupt = kind === "command" && /#.*Ctrl\+C/.test(text);
  return {
    line,
    text,
    kind,
    // Ctrl+C is how a watch succeeds, and interrupts what waits for a job.
    codes: untilInterrupt ? [0, 130] : block.codes,
    untilInterrupt,
    needsGpu: kind === "command" && /#.*with a GPU/.test(text),
    shown: null,
  };
}

/** What a page and a machine have in common: all but numbers, this run's names and the widths of columns. */
export function loosely(text: string): string {
  // Pages show what root sees: root can read every process.
  const asRoot =
    process.getuid?.() === 0 ? text : text.replaceAll(/^the list of holders may be .*\n?/gm, "");
  return asRoot
    .replaceAll(/\d[\d.,:]*(?:[KMGT]?i?B|ms|[smhdW%]|°C)?/g, "N")
    .replaceAll(/[^\S\n]+/g, " ")
    .replaceAll(/ ?\n ?/g, "\n")
    .trim();
}
