import type { Context } from "../context.ts";

const enter = new Set(["\r", "\n"]);
const erase = new Set(["\u007f", "\b"]);
const giveUp = new Set(["\u0003", "\u0004"]);

/** A line that somebody types below `question`, as it stands in the status line. Null: they gave up. */
export async function typedLine(
  { keyboard, screen }: Pick<Context, "keyboard" | "screen">,
  question: string,
): Promise<string | null> {
  const never = new AbortController().signal;
  let typed = "";
  try {
    for (;;) {
      await screen.status(question + typed);
      const key = await keyboard.key(never);
      if (key === null || giveUp.has(key)) return null;
      if (enter.has(key)) return typed;
      typed = erase.has(key) ? typed.slice(0, -1) : typed + key;
    }
  } finally {
    await screen.status(null);
  }
}
