import type { DoctorErrand, DoctorNews } from "../contract/doctor.ts";
import type { Context } from "./context.ts";
import { refusalIn } from "./rescue.ts";

/** A second interrupt came while the command was ending. */
export class SecondInterrupt extends Error {}

/**
 * Sends a request to the doctor's program and yields its reports. The first interrupt ends its
 * window, and it still reports what it measured; the second throws SecondInterrupt. Throws RefusalError.
 */
export async function* doctorNews(
  context: Pick<Context, "startRescue" | "onInterrupt">,
  errand: DoctorErrand,
  onEnding: () => void,
): AsyncGenerator<DoctorNews, void> {
  const program = await context.startRescue(["doctor", JSON.stringify(errand)]);
  const secondInterrupt = Promise.withResolvers<never>();
  // It may be awaited or not.
  secondInterrupt.promise.catch(() => undefined);
  let ending = false;
  const release = context.onInterrupt(() => {
    if (ending) secondInterrupt.reject(new SecondInterrupt());
    ending = true;
    program.end();
    onEnding();
  });
  try {
    const lines = program.lines[Symbol.asyncIterator]();
    for (;;) {
      const line = await Promise.race([lines.next(), secondInterrupt.promise]);
      if (line.done === true) break;
      yield JSON.parse(line.value) as DoctorNews;
    }
    const { code, stderr } = await program.ended;
    if (code !== 0)
      throw refusalIn(stderr) ?? new Error(`the doctor ended with ${code}: ${stderr.trim()}`);
  } finally {
    release();
    // The program must not continue alone, however this ended.
    program.end();
  }
}
