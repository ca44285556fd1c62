import { describe, expect, it } from "vitest";
import { MemorySink } from "../testing/memory-sink.ts";
import { Screen } from "./screen.ts";
import { BrokenPipe } from "./sink.ts";

const erase = "\r\u001b[K";
const terminal = { columns: 80, rows: 24 };

function shared() {
  // Both streams on one terminal: their output is visible together.
  const both = new MemorySink(terminal);
  return { both, screen: new Screen(both, both, {}) };
}

describe("the status line", () => {
  it("makes room for output and comes back below it", async () => {
    const { both, screen } = shared();
    await screen.status("10%");
    await screen.data("line\n");
    await screen.status("20%");
    await screen.status(null);
    expect(both.text).toBe(`10%${erase}line\n10%${erase}20%${erase}`);
  });

  it("is not drawn into the middle of a line", async () => {
    const { both, screen } = shared();
    await screen.status("10%");
    await screen.data("Loading ");
    await screen.status("20%");
    await screen.data("done\n");
    expect(both.text).toBe(`10%${erase}Loading done\n20%`);
  });

  it("lets messages begin on a new line", async () => {
    const { both, screen } = shared();
    await screen.data("no newline");
    await screen.say("job 42 ended");
    expect(both.text).toBe("no newline\njob 42 ended\n");
  });

  it("comes through writes at the same time in one piece", async () => {
    const { both, screen } = shared();
    await screen.status("10%");
    await Promise.all([screen.data("a"), screen.status("20%"), screen.data("b\n")]);
    expect(both.text).toBe(`10%${erase}ab\n20%`);
  });

  it("is cut to one line, because only one line can be erased", async () => {
    const both = new MemorySink({ columns: 12, rows: 24 });
    const screen = new Screen(both, both, {});
    await screen.status("1 of 200 jobs done");
    await screen.status(null);
    expect(both.text).toBe(`1 of 200 j…${erase}`);
  });

  it("is not shown where it could not be erased", async () => {
    const messages = new MemorySink();
    await new Screen(new MemorySink(), messages, {}).status("10%");
    expect(messages.text).toBe("");
    const dumb = new MemorySink(terminal);
    await new Screen(dumb, dumb, { TERM: "dumb" }).status("10%");
    expect(dumb.text).toBe("");
  });
});

describe("a line that is wider than the terminal", () => {
  const message = "holdfast: the job is still being stopped";

  it("is broken at blanks there", async () => {
    const both = new MemorySink({ columns: 20, rows: 24 });
    const screen = new Screen(both, both, {});
    await screen.say(`${message}\nand more`);
    await screen.lines([message]);
    const broken = "holdfast: the job is\n  still being\n  stopped\n";
    expect(both.text).toBe(`${broken}and more\n${broken}`);
  });

  it("is one line elsewhere, and a job's output is not touched anywhere", async () => {
    const [out, err] = [new MemorySink(), new MemorySink()] as const;
    const screen = new Screen(out, err, { COLUMNS: "20" });
    await screen.say(message);
    await screen.lines([message]);
    expect([out.text, err.text]).toEqual([`${message}\n`, `${message}\n`]);
    const both = new MemorySink({ columns: 20, rows: 24 });
    await new Screen(both, both, {}).data(message);
    expect(both.text).toBe(message);
    await new Screen(both, both, {}).sayDocument({ message });
    expect(both.text).toBe(`${message}{"message":"${message}"}\n`);
  });
});

describe("colours", () => {
  it("are for terminals, and can be declined", () => {
    const sinks = [new MemorySink(terminal), new MemorySink()] as const;
    expect(new Screen(...sinks, {}).style.red("x")).toBe("\u001b[31mx\u001b[39m");
    expect(new Screen(...sinks, {}).messageStyle.red("x")).toBe("x");
    expect(new Screen(...sinks, { NO_COLOR: "1" }).style.red("x")).toBe("x");
    expect(new Screen(...sinks, { NO_COLOR: "" }).style.red("x")).not.toBe("x");
  });
});

it("a job's bytes are not touched", async () => {
  const out = new MemorySink();
  const bytes = Uint8Array.from([0xff, 0x00, 0x1b, 0x0a]);
  await new Screen(out, new MemorySink(), {}).data(bytes);
  expect(Buffer.from(out.text, "latin1")).toEqual(Buffer.from(bytes));
});

it("reports a closed output to the caller", async () => {
  const out = new MemorySink();
  out.broken = true;
  await expect(new Screen(out, new MemorySink(), {}).data("x")).rejects.toThrow(BrokenPipe);
});

describe("text of other programs in a line", () => {
  const hostile = "a\u001b]0;title\u0007\u001b[2J\rb";
  const shown = String.raw`a\x1b]0;title\x07\x1b[2J\rb`;

  it("does nothing to a terminal, in data, messages, the status line and a repainted screen", async () => {
    const { both, screen } = shared();
    await screen.lines([hostile]);
    await screen.say(hostile);
    expect(both.text).toBe(`${shown}\n${shown}\n`);
    await screen.status(hostile);
    await screen.status(null);
    await screen.repaint([hostile]);
    expect(both.text.split(shown)).toHaveLength(5);
    expect(both.text).not.toContain("\u0007");
  });

  it("stays what it is where it is a job's output or a document", async () => {
    const { both, screen } = shared();
    await screen.data(`${hostile}\n`);
    await screen.document({ hostile });
    expect(both.text).toBe(`${hostile}\n${JSON.stringify({ hostile })}\n`);
  });

  it("keeps the colours of this program and the lines of a message", async () => {
    const { both, screen } = shared();
    await screen.lines([screen.style.red("lost")]);
    await screen.say("first\n  second");
    expect(both.text).toBe("\u001b[31mlost\u001b[39m\nfirst\n  second\n");
  });
});
