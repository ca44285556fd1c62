import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GuestHoldfast } from "./guest-holdfast.ts";
import { VirtualMachine } from "./virtual-machine.ts";

const vm = new VirtualMachine();
const holdfast = new GuestHoldfast(vm);
const start = () => vm.run(["systemctl", "--user", "start", "holdfast"]);

/** Takes its time when it is asked to end, as a training job that saves its state does. */
const saves = [
  "sh",
  "-c",
  "trap 'sleep 1; echo saved; exit 0' TERM; echo ready; while :; do sleep 0.1; done",
];

/** Dies of SIGTERM at once, often before its keeper has read its own. */
const diesAtOnce = "echo ready; exec sleep 1000";

/** Has a handler that gives up at once, with a code of its own. */
const givesUp = "trap 'exit 3' TERM; echo ready; while :; do sleep 0.1; done";

describe("an orderly reboot", () => {
  let polite: number;
  let resuming: number[];
  let queued: number;

  beforeAll(async () => {
    await holdfast.run("service", "install");
    await vm.shell(
      "mkdir -p .config/holdfast; printf '[jobs]\\nmax_running = 3\\n' >.config/holdfast/config.toml",
    );
    await vm.run(["systemctl", "--user", "enable", "--now", "holdfast"]);
    polite = await holdfast.submit(saves);
    const again =
      'echo "retry $HOLDFAST_RETRY ${HOLDFAST_RETRY_AFTER-}"; [ "$HOLDFAST_RETRY" = 0 ] || exit 0; ';
    const policy = ["--retries", "1", "--retry-on", "machine_restarted", "--retry-delay", "1s"];
    resuming = [];
    for (const script of [diesAtOnce, givesUp])
      resuming.push(await holdfast.submit(["sh", "-c", `${again}${script}`], ...policy));
    queued = await holdfast.submit(["true"]);
    await holdfast.said(polite, "ready");
    for (const id of resuming) await holdfast.said(id, "ready");
    await vm.reboot();
    await start();
  });
  afterAll(async () => {
    await holdfast.run("service", "uninstall");
    await vm.run(["rm", ".config/holdfast/config.toml"]);
  });

  it("asks what runs to end, waits for it, and says so", async () => {
    expect(await holdfast.ended(polite)).toMatchObject({ state: "cancelled", reason: "shutdown" });
    expect(await holdfast.run("logs", String(polite))).toContain("saved");
    expect((await holdfast.receipt(polite)).proof.kind).toBe("keeper");
  });

  it("lets a job resume whose policy says so", async () => {
    for (const id of resuming) {
      expect(await holdfast.ended(id)).toMatchObject({ state: "succeeded" });
      expect(await holdfast.run("logs", String(id))).toContain("retry 1 machine_restarted");
    }
  });

  it("lets the queue continue", async () => {
    expect(await holdfast.ended(queued)).toMatchObject({ state: "succeeded" });
  });
});
