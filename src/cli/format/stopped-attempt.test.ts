import { expect, it } from "vitest";
import type { StoppedAttempt } from "../../contract/rescue.ts";
import { laidOut } from "../testing/laid-out.ts";
import { stoppedPage } from "./stopped-attempt.ts";

const hostile = "a\u001b[2J\nb";
const stopped: StoppedAttempt = {
  job: 3,
  attempt: "0ddba11e-0000-4000-8000-000000000000",
  command: ["train"],
  did: "its state folder was moved",
  keeper: null,
  namespace: null,
  stateDir: `/tmp/$(reboot) ${hostile}`,
  processes: [{ pid: 50, command: hostile }],
  left: [
    { pid: 50, command: hostile, obstacle: { kind: "traced", message: hostile, remedy: hostile } },
  ],
};

it("names of processes and folders do nothing to a terminal or a shell", () => {
  const lines = laidOut(stoppedPage(stopped));
  expect(lines.join("")).not.toMatch(/\p{Cc}/u);
  expect(lines[1]).toBe(
    String.raw`  use HOLDFAST_STATE_DIR=$'/tmp/$(reboot) a\x1b[2J\nb' holdfast emergency-stop --all`,
  );
  expect(laidOut(stoppedPage({ ...stopped, did: "still lives" }))[1]).toBe(
    String.raw`  its state folder /tmp/$(reboot) a\x1b[2J\nb is gone`,
  );
});
