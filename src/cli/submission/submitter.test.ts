import { describe, expect, it } from "vitest";
import { submitterOf } from "./submitter.ts";

const never = () => {
  throw new Error("it read the environment");
};
const latin1 = (text: string) => () => Buffer.from(text, "latin1");

describe("what the launcher recorded", () => {
  it("is the submitter's settings", () => {
    const line =
      "umask=0002 nice=-3 oom_score_adj=-100 cpus=0-3,8 ignored=1,13 rlimit=nofile:256:1024 rlimit=core:0:unlimited\n";
    expect(submitterOf(line, {}, never).inherited).toEqual({
      umask: "0002",
      nice: -3,
      oomScoreAdj: -100,
      cpus: "0-3,8",
      ignoredSignals: [1, 13],
      rlimits: { nofile: "256:1024", core: "0:unlimited" },
    });
  });

  it("may lack what the kernel did not report", () => {
    expect(submitterOf("umask=0022", {}, never).inherited).toEqual({
      umask: "0022",
      nice: null,
      oomScoreAdj: null,
      cpus: null,
      ignoredSignals: [],
      rlimits: {},
    });
  });

  it.each([undefined, "", "usage: holdfast-keeper run"])("may be missing: %j", (line) => {
    expect(submitterOf(line, { A: "1" }, never)).toEqual({ inherited: undefined, env: { A: "1" } });
  });

  it("undoes what the shell did to the environment", () => {
    const line = "umask=0022 env=a.b=x%20y%25 env=root=/mine added=PWD";
    const env = { root: "/clone", PWD: "/", HOLDFAST_SUBMITTER: line, A: "%20" };
    expect(submitterOf(line, env, never).env).toEqual({ root: "/mine", "a.b": "x y%", A: "%20" });
  });

  it("names the variable that was too long", () => {
    expect(() => submitterOf("umask=0022 left_out=a.b%20", {}, never)).toThrow(
      "The environment variable a.b  is too large",
    );
  });
});

describe("bytes that are not UTF-8", () => {
  it("are carried as such, and everything else as text", () => {
    const raw = latin1("A=caf\xe9\0B=1\0C=\xef\xbf\xbd\0");
    expect(submitterOf(undefined, { A: "caf\ufffd", B: "1", C: "\ufffd" }, raw).env).toEqual({
      A: { base64: Buffer.from("caf\xe9", "latin1").toString("base64") },
      B: "1",
      C: "\ufffd",
    });
  });

  it("refuse the submission where they are in a name", () => {
    const raw = latin1("N\xff=1\0");
    expect(() => submitterOf(undefined, { "N\ufffd": "1" }, raw)).toThrow("is not UTF-8");
  });
});
