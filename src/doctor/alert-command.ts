import type { DoctorAlert } from "../contract/doctor.ts";
import { runToEnd } from "../system/child.ts";

const timeoutMs = 30_000;

/**
 * Runs the configured program for one alert, without a shell and with the alert as JSON on standard
 * input. Resolves with an error message, or null.
 */
export async function sendAlert(
  command: readonly string[],
  alert: DoctorAlert,
): Promise<string | null> {
  const [program, ...args] = command;
  if (program === undefined) return null;
  try {
    const { code, signal, stderr } = await runToEnd(program, args, {
      input: `${JSON.stringify(alert)}\n`,
      timeoutMs,
      wholeGroup: true,
      outputLimitBytes: 64 * 1024,
    });
    if (code === 0) return null;
    return `${program} exited with ${code ?? signal ?? "?"}: ${stderr.trim().slice(0, 500)}`;
  } catch (error) {
    return `${program}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
  }
}
