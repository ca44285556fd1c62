import { RefusalError } from "../../contract/problems.ts";
import { StallTimeout } from "../../client/stall-timeout.ts";
import type { Context } from "../context.ts";
import { ownService } from "./own-service.ts";
import { unitName } from "./unit-file.ts";

/** systemd restarts a crashed server after a second; then the command waits while the server works. */
const limits = { stallMs: 15_000, sayAfterMs: 5000 };
const askAgainMs = 100;

/**
 * Called before a command starts a server implicitly. If a service is installed, systemd has to start
 * the server: a second one would make `systemctl start` fail. Resolves with true if the server of the
 * service answers by now, with false without a service. Throws RefusalError `service_stopped`.
 */
export async function serviceAnswers(
  parts: Pick<Context, "env" | "host" | "clock" | "screen" | "serverProcess">,
): Promise<boolean> {
  const { clock, screen, serverProcess } = parts;
  const progress = () => {
    const pid = serverProcess.holder();
    return pid === null ? null : serverProcess.work(pid);
  };
  // A terminal that is gone is detected when data is written.
  const onWaiting = (text: string) => void screen.say(text).catch(() => undefined);
  const timeout = new StallTimeout(clock, { progress, onWaiting }, "the service to answer", limits);
  for (;;) {
    const service = await ownService(parts);
    if (service === null) return false;
    const { kind, state } = service;
    if (state === "inactive" || state === "failed" || timeout.isOver())
      throw new RefusalError({ code: "service_stopped", details: { kind, state, unit: unitName } });
    if (await answers(serverProcess)) return true;
    await new Promise<void>((resolve) => clock.after(askAgainMs, resolve));
  }
}

async function answers({ client }: Context["serverProcess"]): Promise<boolean> {
  try {
    await client.version();
    return true;
  } catch (error) {
    if (error instanceof RefusalError) return false;
    throw error;
  }
}
