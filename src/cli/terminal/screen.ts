import { cut } from "../format/fit.ts";
import { fold } from "../format/fold.ts";
import { layOut } from "../format/layout.ts";
import type { Page } from "../format/page.ts";
import { printableLine } from "../format/printable.ts";
import { styleFor, type Style } from "../format/style.ts";
import type { Sink } from "./sink.ts";

const eraseLine = "\r\u001b[K";
const newline = 10;

/**
 * The output of a command: data to stdout, messages to stderr, and on a terminal one status line
 * below both that is redrawn in place.
 */
export class Screen {
  /** For stdout and for stderr. */
  readonly style: Style;
  readonly messageStyle: Style;
  /** Whether a status line can be shown. */
  readonly live: boolean;
  readonly #out: Sink;
  readonly #messages: Sink;
  /** Both streams are written to the same terminal. */
  readonly #shared: boolean;
  #status: string | null = null;
  #drawn = false;
  /** False in the middle of a line of output: nothing may be drawn there. */
  #atLineStart = true;

  constructor(out: Sink, messages: Sink, env: NodeJS.ProcessEnv) {
    const capable = env["TERM"] !== "dumb";
    const coloured = capable && (env["NO_COLOR"] ?? "") === "";
    this.#out = out;
    this.#messages = messages;
    this.#shared = out.isTerminal && messages.isTerminal;
    this.style = styleFor(out.isTerminal && coloured);
    this.messageStyle = styleFor(messages.isTerminal && coloured);
    this.live = messages.isTerminal && capable;
  }

  /** Columns for a table on stdout; null: no limit. */
  get width(): number | null {
    return this.#out.columns();
  }

  /** Lines that fit on the terminal. */
  get height(): number {
    return this.#out.rows() ?? 24;
  }

  get outIsTerminal(): boolean {
    return this.#out.isTerminal;
  }

  /** Columns for a line on stderr. */
  get messageWidth(): number {
    return this.#messages.columns() ?? 80;
  }

  /** Data, unchanged. */
  async data(bytes: string | Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    if (this.#shared) await this.#amid(this.#out, bytes, endsLine(bytes));
    else await this.#out.write(bytes);
  }

  /** Broken at blanks on a terminal. */
  async lines(lines: readonly string[]): Promise<void> {
    const { width } = this;
    const safe = lines.map(printableLine);
    const shown = width === null ? safe : safe.flatMap((line) => fold(line, width));
    if (shown.length > 0) await this.data(shown.map((line) => `${line}\n`).join(""));
  }

  /** The lines of a page for people, for stdout. */
  laidOut(page: Page): string[] {
    return layOut(page, { width: this.width, style: this.style });
  }

  /** A page for people, on stdout. */
  async page(page: Page): Promise<void> {
    await this.lines(this.laidOut(page));
  }

  /** The same on stderr. */
  async sayPage(page: Page): Promise<void> {
    const lines = layOut(page, { width: this.messageWidth, style: this.messageStyle });
    for (const line of lines) await this.say(line);
  }

  async document(value: unknown): Promise<void> {
    await this.data(`${JSON.stringify(value)}\n`);
  }

  /** A job's bytes for stderr, unchanged. */
  async errorData(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) await this.#amid(this.#messages, bytes, endsLine(bytes));
  }

  /** A line for people, on stderr; broken at blanks on a terminal. */
  async say(text: string): Promise<void> {
    const columns = this.#messages.columns();
    const safe = text.split("\n").map(printableLine);
    const shown = columns === null ? safe : safe.flatMap((line) => fold(line, columns));
    await this.#sayLine(shown.join("\n"));
  }

  /** The same for programs: never broken. */
  async sayDocument(value: unknown): Promise<void> {
    await this.#sayLine(JSON.stringify(value));
  }

  async #sayLine(line: string): Promise<void> {
    await this.#amid(this.#messages, this.#atLineStart ? `${line}\n` : `\n${line}\n`, true);
  }

  /**
   * The line below everything else, cut to the width of the terminal: of two lines only the lower
   * could be erased. Null erases it. Without a terminal it is not shown.
   */
  async status(wanted: string | null): Promise<void> {
    const line = wanted === null ? null : cut(printableLine(wanted), this.messageWidth - 1);
    if (!this.live || line === this.#status) return;
    const erased = this.#erase();
    this.#status = line;
    await Promise.all([erased, this.#draw()]);
  }

  /** The terminal's alternate screen, so that the previous content is restored afterwards. */
  async enterFullScreen(): Promise<void> {
    await this.#out.write("\u001b[?1049h\u001b[?25l");
  }

  async leaveFullScreen(): Promise<void> {
    await this.#out.write("\u001b[?25h\u001b[?1049l");
  }

  /** Replaces the content of the terminal by these lines. */
  async repaint(lines: readonly string[]): Promise<void> {
    await this.#out.write(
      `\u001b[H${lines.map((line) => `${printableLine(line)}\u001b[K\n`).join("")}\u001b[J`,
    );
  }

  /** Writes between erasing the status line and drawing it again. All writes are issued together, so that no other comes between. */
  async #amid(sink: Sink, data: string | Uint8Array, endsLineAfter: boolean): Promise<void> {
    const erased = this.#erase();
    const written = sink.write(data);
    this.#atLineStart = endsLineAfter;
    await Promise.all([erased, written, this.#draw()]);
  }

  #erase(): Promise<void> {
    if (!this.#drawn) return Promise.resolve();
    this.#drawn = false;
    return this.#messages.write(eraseLine);
  }

  #draw(): Promise<void> {
    if (this.#status === null || this.#drawn || !this.#atLineStart) return Promise.resolve();
    this.#drawn = true;
    return this.#messages.write(this.#status);
  }
}

function endsLine(data: string | Uint8Array): boolean {
  return typeof data === "string" ? data.endsWith("\n") : data.at(-1) === newline;
}
