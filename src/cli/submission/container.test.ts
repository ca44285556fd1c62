import { expect, it } from "vitest";
import { jobRequest as contract } from "../../contract/job-request.ts";
import { definition } from "../commands/submit.ts";
import { parse } from "../grammar/parse.ts";
import { jobRequest } from "./request.ts";

const request = (...args: string[]) =>
  jobRequest(
    parse(definition, args),
    { inherited: undefined, env: { HOME: "/home/ada", KEY: "k" } },
    "/home/ada",
  );

it("a container is a runtime and an image, with its options", () => {
  const made = request(
    ..."--container podman:ubuntu:24.04 --bind data:/data:ro --bind /x -e KEY --container-arg=--network=none true".split(
      " ",
    ),
  );
  expect(made.container).toEqual({
    runtime: "podman",
    image: "ubuntu:24.04",
    args: ["--network=none"],
    binds: ["/home/ada/data:/data:ro", "/x"],
    env: ["PYTHONUNBUFFERED", "KEY"],
  });
  expect(made.command).toEqual(["true"]);
  expect(contract.safeParse(made).success).toBe(true);
});

it.each(["apptainer:docker://ubuntu:24.04", "singularity:./a.sif", "docker:a@sha256:0f"])(
  "%s is taken apart at its first colon",
  (text) => {
    const { container } = request("--container", text, "true");
    expect(`${container?.runtime}:${container?.image}`).toBe(text);
  },
);

it("an image needs a runtime", () => {
  expect(() => request("--container", "ubuntu", "true")).toThrow("does not say what runs it");
  expect(() => request("--container", "ubuntu:24.04", "true")).toThrow("--container ubuntu:24.04");
});

it("options of a container need one", () => {
  expect(() => request("--bind", "/data", "true")).toThrow("there is none");
});
