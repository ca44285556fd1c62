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

describe("an orderly reboot", () => {
  let polite: number;
  let resuming: number;
  let queued: number;

  beforeAll(async () => {
    await holdfast.run("service", "install");
    await vm.shell(
      "mkdir -p .config/holdfast; printf '[jobs]\\nmax_running = 2\\n' >.config/holdfast/config.toml",
    );
    await vm.run(["systemctl", "--user", "enable", "--now", "holdfast"]);
    polite = await holdfast.submit(saves);
    const again =
      'echo "retry $HOLDFAST_RETRY ${HOLDFAST_RETRY_AFTER-}"; [ "$HOLDFAST_RETRY" = 0 ] || exit 0; ';
    const policy = ["--retries", "1", "--retry-on", "machine_restarted", "--retry-delay", "1s"];
    resuming = await holdfast.submit(["sh", "-c", `${again}${diesAtOnce}`], ...policy);
    queued = await holdfast.submit(["true"]);
    await holdfast.said(polite, "ready");
    await holdfast.said(resuming, "ready");
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
    expect(await holdfast.ended(resuming)).toMatchObject({ state: "succeeded" });
    expect(await holdfast.run("logs", String(resuming))).toContain("retry 1 machine_restarted");
  });

  it("lets the queue go on", async () => {
    expect(await holdfast.ended(queued)).toMatchObject({ state: "succeeded" });
  });
});
