import { describe, expect, it } from "vitest";
import { failpointsOf } from "./failpoints.ts";

describe("failpoints", () => {
  const sent: string[] = [];
  const points = (setting?: string) => {
    sent.length = 0;
    return failpointsOf(setting, (name) => sent.push(name));
  };

  it("do nothing unless they were asked for", () => {
    const failpoint = points();
    failpoint("launch.before");
    expect(sent).toEqual([]);
  });

  it("kill or stop this process at their name and nowhere else, once", () => {
    const failpoint = points("launch.before=kill,end.after=stall");
    failpoint("launch.after");
    expect(sent).toEqual([]);
    failpoint("end.after");
    failpoint("end.after");
    failpoint("launch.before");
    expect(sent).toEqual(["SIGSTOP", "SIGKILL"]);
  });

  it("throw an error with the code of the system, always or a number of times", () => {
    const always = points("a=ENOSPC");
    for (let time = 0; time < 3; time += 1)
      expect(() => always("a")).toThrow(expect.objectContaining({ code: "ENOSPC" }));
    const twice = points("a=EIO*2");
    expect(() => twice("a")).toThrow("EIO at a");
    expect(() => twice("a")).toThrow("EIO at a");
    twice("a");
  });
});
