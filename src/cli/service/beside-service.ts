import { RefusalError } from "../../contract/problems.ts";
import { Patience } from "../../client/patience.ts";
import type { Context } from "../context.ts";
import { ownService } from "./own-service.ts";
import { unitName } from "./unit-file.ts";

/** systemd starts a crashed server again after a second; then it is waited for while it works. */
const limits = { stallMs: 15_000, sayAfterMs: 5000 };
const askAgainMs = 100;

/**
 * Before a command starts a server by the way: where a service is installed for it, that is systemd's
 * to do, and a second server would make `systemctl start` fail. Resolves with true when the service's
 * server answers by now, with false where there is no service. Throws RefusalError `service_stopped`.
 */
export async function serviceAnswers(
  parts: Pick<Context, "env" | "host" | "clock" | "screen" | "serverProcess">,
): Promise<boolean> {
  const { clock, screen, serverProcess } = parts;
  const progress = () => {
    const pid = serverProcess.holder();
    return pid === null ? null : serverProcess.work(pid);
  };
  // A terminal that has gone is noticed where data is written.
  const onWaiting = (text: string) => void screen.say(text).catch(() => undefined);
  const patience = new Patience(clock, { progress, onWaiting }, "the service to answer", limits);
  for (;;) {
    const service = await ownService(parts);
    if (service === null) return false;
    const { kind, state } = service;
    if (state === "inactive" || state === "failed" || patience.isOver())
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
