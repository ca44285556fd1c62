// `node scripts/picture.ts`: records the README's picture. A shell on a terminal, a real job, a real receipt.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import xterm, { type IBufferCell } from "@xterm/headless";

const project = resolve(import.meta.dirname, "..");
const picture = join(project, "docs/pictures/run.svg");
const size = { rows: 40, columns: 100 };

/** What is typed, each when `after` has been written since the one before, and `when` has come. */
const session: { after: RegExp; when?: () => Promise<void>; keys: string }[] = [
  { after: /[#$] $/, keys: "PS1='$ '; clear\n" },
  { after: /\$ $/, keys: "holdfast submit -n night python3 examples/train.py\n" },
  { after: /^1[^$]*\$ $/m, when: secondEpoch, keys: "holdfast ps --tree night\n" },
  { after: /train[^$]*\$ $/, keys: "holdfast cancel night\n" },
  { after: /cancelled after[^$]*\$ $/, keys: "holdfast receipt night\n" },
  { after: /missing[^$]*\$ $/, keys: "exit\n" },
];

/** The part of the receipt that this picture leaves out. */
const leftOut = { from: /^ {2}containment/, to: /^ {2}processes *$/ };

const state = mkdtempSync(join(tmpdir(), "holdfast-picture-"));
const env = {
  PATH: `${project}:${process.env["PATH"] ?? ""}`,
  HOME: state,
  TERM: "xterm-256color",
  LANG: "C.UTF-8",
  TZ: "UTC",
  HOLDFAST_STATE_DIR: state,
};

async function recorded(): Promise<string> {
  const shell = ["bash", "--norc", "--noprofile", "-i"];
  const terminal = join(project, "test/harness/terminal.py");
  const sizes = [String(size.rows), String(size.columns)];
  const child = spawn("python3", [terminal, ...sizes, ...shell], { cwd: project, env });
  const ended = new Promise((done) => child.on("close", done));
  let all = "";
  let sinceKeys = "";
  let next = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    all += text;
    sinceKeys += text;
    const step = session[next];
    if (step === undefined || !step.after.test(sinceKeys)) return;
    next += 1;
    sinceKeys = "";
    void (step.when?.() ?? Promise.resolve()).then(() => child.stdin.write(step.keys));
  });
  await ended;
  if (next < session.length) throw new Error(`not seen: ${String(session[next]?.after)}\n${all}`);
  return all;
}

async function secondEpoch(): Promise<void> {
  const log = spawn(join(project, "holdfast"), ["logs", "-f", "night"], { env });
  log.stdout.setEncoding("utf8");
  for await (const text of log.stdout) if (/epoch 2\b/.test(String(text))) break;
  log.kill();
}

interface Line {
  text: string;
  /** The same, with colours, as SVG. */
  markup: string;
}

async function linesOf(output: string): Promise<Line[]> {
  const terminal = new xterm.Terminal({
    cols: size.columns,
    rows: size.rows,
    allowProposedApi: true,
  });
  await new Promise<void>((done) => terminal.write(output, done));
  const { active } = terminal.buffer;
  const lines: Line[] = [];
  for (let row = 0; row < active.length; row += 1) {
    const line = active.getLine(row);
    const cells = Array.from({ length: size.columns }, (_, column) => line?.getCell(column));
    const known = cells.filter((cell) => cell !== undefined);
    lines.push({ text: line?.translateToString(true) ?? "", markup: markupOf(known) });
  }
  return shortened(lines);
}

/** Without the `exit` at the end, and with an ellipsis for what is left out. */
function shortened(lines: readonly Line[]): Line[] {
  const last = lines.findLastIndex(({ text }) => text !== "" && !text.endsWith("exit"));
  const from = lines.findIndex(({ text }) => leftOut.from.test(text));
  const to = lines.findIndex(({ text }) => leftOut.to.test(text));
  if (from < 0 || to < from) throw new Error("the receipt does not look as expected");
  return [...lines.slice(0, from), { text: "  …", markup: "  …" }, ...lines.slice(to, last + 1)];
}

const palette = [
  "#3a3a3a",
  "#e06c75",
  "#98c379",
  "#e5c07b",
  "#61afef",
  "#c678dd",
  "#56b6c2",
  "#d0d0d0",
];

function styleOf(cell: IBufferCell): string {
  const color = cell.isFgPalette() ? palette[cell.getFgColor() % palette.length] : null;
  const fill = cell.isDim() ? "#8a8a8a" : color;
  return `${fill === null ? "" : ` fill="${fill}"`}${cell.isBold() ? ' font-weight="bold"' : ""}`;
}

function markupOf(cells: readonly IBufferCell[]): string {
  let markup = "";
  let style: string | null = null;
  const last = cells.findLastIndex((cell) => cell.getChars().trim() !== "");
  for (const cell of cells.slice(0, last + 1)) {
    // The second half of a wide character.
    if (cell.getWidth() === 0) continue;
    const own = styleOf(cell);
    if (own !== style) markup += `${style === null ? "" : "</tspan>"}<tspan${own}>`;
    style = own;
    markup += escaped(cell.getChars() || " ");
  }
  return style === null ? "" : `${markup}</tspan>`;
}

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function svgOf(lines: readonly Line[]): string {
  const height = 19;
  const top = 44;
  const total = top + lines.length * height;
  const label =
    "A terminal: a training job is cancelled; its receipt names each process, how it ended, and what proves that nothing is left";
  const dots = [20, 38, 56].map((x) => `<circle cx="${x}" cy="17" r="5" fill="#5f5f5f"/>`).join("");
  const texts = lines.map(
    ({ markup }, row) =>
      `<text x="18" y="${top + row * height}" xml:space="preserve">${markup}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="840" height="${total}" viewBox="0 0 840 ${total}" role="img" aria-label="${label}">
<rect width="840" height="${total}" rx="8" fill="#1c1c1c"/>
${dots}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13.2" fill="#d0d0d0">
${texts.join("\n")}
</g>
</svg>
`;
}

try {
  writeFileSync(picture, svgOf(await linesOf(await recorded())));
} finally {
  await new Promise((done) =>
    spawn(join(project, "holdfast"), ["server", "stop"], { env }).on("close", done),
  );
  rmSync(state, { recursive: true, force: true });
}
