import { describe, expect, it } from "vitest";
import { foundIn } from "./runtime.ts";

const id = "ab".repeat(32);
const failed = (stderr: string) => ({ code: 1, stdout: "[]\n", stderr });
const said = (stdout: string) => ({ code: 0, stdout, stderr: "" });

describe("what a runtime says about a container", () => {
  it.each([
    "Error: no such container holdfast-a",
    "Error response from daemon: No such container: holdfast-a",
    'Error: inspecting object: no such object: "holdfast-a"',
    'Error: no container with name or ID "holdfast-a" found: no such container',
  ])("%s: it is not there", (stderr) => {
    expect(foundIn("docker", "a", failed(stderr))).toEqual({ kind: "absent" });
  });

  it.each([
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    "permission denied while trying to connect to the Docker daemon socket",
    "",
  ])("%s: unknown", (stderr) => {
    expect(foundIn("docker", "a", failed(stderr)).kind).toBe("unknown");
  });

  it("the label says whose it is", () => {
    expect(foundIn("podman", "a", said(`${id} true a\n`))).toEqual({
      kind: "present",
      id,
      running: true,
    });
    expect(foundIn("podman", "a", said(`${id} true b\n`)).kind).toBe("unknown");
    expect(foundIn("podman", "a", said(`${id} false <no value>\n`)).kind).toBe("unknown");
    expect(foundIn("podman", "a", said("")).kind).toBe("unknown");
  });
});
