import { describe, expect, it } from "vitest";
import { unitText, type Service } from "./unit-text.ts";

const user: Service = { kind: "user", launcher: "/opt/holdfast/holdfast", runAs: null, env: {} };
const linesOf = (service: Partial<Service> = {}) => unitText({ ...user, ...service }).split("\n");

describe("the unit", () => {
  it("starts the program of this clone by its absolute path", () => {
    expect(linesOf()).toContain('ExecStart="/opt/holdfast/holdfast" server start --foreground');
  });

  it("ends only the server, and restarts it after a crash", () => {
    expect(linesOf()).toEqual(
      expect.arrayContaining(["KillMode=process", "Restart=on-failure", "OOMPolicy=continue"]),
    );
  });

  it("is not restarted where that would fail again: in use, another user, misconfigured", () => {
    expect(linesOf()).toContain("RestartPreventExitStatus=73 77 78");
  });

  it("of a user comes with the user's systemd, of the machine with the machine", () => {
    expect(linesOf()).toContain("WantedBy=default.target");
    expect(linesOf({ kind: "system" })).toContain("WantedBy=multi-user.target");
  });

  it("of the machine for a user waits for that user's systemd, which makes the scopes", () => {
    expect(linesOf({ kind: "system", runAs: { name: "ada", uid: 1001 } })).toEqual(
      expect.arrayContaining([
        "User=ada",
        "After=user@1001.service",
        'Environment="XDG_RUNTIME_DIR=/run/user/1001"',
      ]),
    );
  });

  it("takes paths literally: systemd would fill in % and, in commands, $", () => {
    const lines = linesOf({
      launcher: '/a "b"/100%/$HOME/holdfast',
      env: { HOLDFAST_STATE_DIR: "/data/50%" },
    });
    expect(lines).toContain(
      'ExecStart="/a \\"b\\"/100%%/$$HOME/holdfast" server start --foreground',
    );
    expect(lines).toContain('Environment="HOLDFAST_STATE_DIR=/data/50%%"');
  });

  it("has no line that a path with a line break would add", () => {
    const lines = linesOf({ env: { HOLDFAST_STATE_DIR: "/data\nExecStartPre=/bin/evil" } });
    expect(lines).toContain(
      String.raw`Environment="HOLDFAST_STATE_DIR=/data\nExecStartPre=/bin/evil"`,
    );
    expect(lines.filter((line) => line.startsWith("ExecStartPre"))).toEqual([]);
  });
});
