import { describe, expect, it } from "vitest";
import { cgroupPlaceOf } from "./cgroup-place.ts";

describe("a cgroup's path", () => {
  const id = "a".repeat(64);
  const attempt = "0ddba11e-0000-4000-8000-000000000000";
  it.each([
    [`/holdfast-0123456789ab/${attempt}`, { kind: "attempt", attempt }],
    [`/x/holdfast-0123456789ab/${attempt}/sub`, { kind: "attempt", attempt }],
    [`/system.slice/docker-${id}.scope`, { kind: "container", runtime: "docker", id }],
    [`/machine.slice/libpod-${id}.scope`, { kind: "container", runtime: "podman", id }],
    ["/system.slice/nginx.service", { kind: "service", unit: "nginx.service", user: false }],
    [
      "/user.slice/user-1.slice/user@1.service/app.slice/jupyter.service",
      { kind: "service", unit: "jupyter.service", user: true },
    ],
    ["/user.slice/user-1.slice/user@1.service/init.scope", { kind: "other" }],
    ["/system.slice/cron.service", { kind: "other" }],
    ["/user.slice/user-0.slice/session-3.scope", { kind: "other" }],
    [null, { kind: "other" }],
  ])("%s is %j", (path, place) => {
    expect(cgroupPlaceOf(path)).toEqual(place);
  });
});
