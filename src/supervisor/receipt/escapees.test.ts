import { describe, expect, it } from "vitest";
import { ownerOf } from "./escapees.ts";

const id = "0123456789ab".padEnd(64, "c");

describe("the owner of an escaped process", () => {
  it.each([
    ["/system.slice/run-u7.service", "run-u7.service", "systemctl stop run-u7.service"],
    ["/system.slice/web.service/workers", "web.service", "systemctl stop web.service"],
    [
      "/user.slice/user-1000.slice/user@1000.service/app.slice/run-p1.scope",
      "run-p1.scope",
      "systemctl --user stop run-p1.scope",
    ],
    [`/docker/${id}`, "docker container 0123456789ab", "docker stop 0123456789ab"],
    [
      `/system.slice/docker-${id}.scope`,
      "docker container 0123456789ab",
      "docker stop 0123456789ab",
    ],
    [
      `/machine.slice/libpod-${id}.scope/container`,
      "podman container 0123456789ab",
      "podman stop 0123456789ab",
    ],
    [
      `/kubepods.slice/cri-containerd-${id}.scope`,
      "container 0123456789ab",
      "crictl stop 0123456789ab",
    ],
  ])("%s: %s", (cgroup, owner, hint) => {
    expect(ownerOf(cgroup, 42)).toEqual({ owner, hint });
  });

  it.each([
    ["/", "/"],
    ["/system.slice/cron.service", "cron.service"],
    ["/system.slice/atd.service", "atd.service"],
    ["/user.slice/user-0.slice/session-3.scope", "session-3.scope"],
    ["/user.slice/user-1000.slice/user@1000.service", "user@1000.service"],
  ])("%s is shared by many: only the process itself can be stopped", (cgroup, owner) => {
    expect(ownerOf(cgroup, 42)).toEqual({ owner, hint: "kill 42" });
  });
});
