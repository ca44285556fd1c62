import { problems } from "../../contract/problems.ts";

/** The systemd that has the unit: that of the user, or that of the machine. */
export type ServiceKind = "user" | "system";

export interface Service {
  kind: ServiceKind;
  /** Absolute path of the program `holdfast` of this clone. */
  launcher: string;
  /** User whose jobs a system service runs; null: root. */
  runAs: { name: string; uid: number } | null;
  /** Variables with the folders of Holdfast, so that service and shell use the same server. */
  env: Readonly<Record<string, string>>;
}

const { server_already_running, foreign_owner, bad_config } = problems;
/** Exit statuses after which a restart of the server would fail again. */
const hopeless = [server_already_running.exit, foreign_owner.exit, bad_config.exit];

/** The unit file. It explains what is not obvious in comments, because people read installed units. */
export function unitText({ kind, launcher, runAs, env }: Service): string {
  const variables = { ...(runAs === null ? {} : runtimeDirOf(runAs.uid)), ...env };
  return [
    "# Written by `holdfast service install`; `holdfast service uninstall` removes it.",
    "[Unit]",
    "Description=Holdfast, runs jobs and sees that nothing of them is left",
    ...(runAs === null
      ? []
      : [
          "# Jobs are put into scopes of this user's own systemd.",
          `Wants=user@${runAs.uid}.service`,
          `After=user@${runAs.uid}.service`,
        ]),
    "# A machine without room for another process passes: it is never given up.",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=notify",
    "# The server says it through systemd-notify.",
    "NotifyAccess=all",
    `ExecStart=${quotedArgument(launcher)} server start --foreground`,
    ...(runAs === null ? [] : [`User=${runAs.name}`]),
    ...Object.entries(variables).map(
      ([name, value]) => `Environment=${quoted(`${name}=${value}`)}`,
    ),
    "Restart=on-failure",
    "RestartSec=1",
    "# Another server has the state folder, it belongs to another user, or the configuration is wrong:",
    "# again would be no better.",
    `RestartPreventExitStatus=${hopeless.join(" ")}`,
    "# A restart ends only the server. Jobs have scopes of their own (holdfast.slice) and continue.",
    "# Jobs without a scope are in this unit, and these three lines keep them running.",
    "Delegate=yes",
    "KillMode=process",
    "OOMPolicy=continue",
    "",
    "[Install]",
    `WantedBy=${kind === "user" ? "default.target" : "multi-user.target"}`,
    "",
  ].join("\n");
}

/** A variable that a login would have set: it locates the user's systemd and the server's socket. */
function runtimeDirOf(uid: number): Record<string, string> {
  return { XDG_RUNTIME_DIR: `/run/user/${uid}` };
}

/** systemd.syntax(7): in double quotes, `%` taken literally. */
function quoted(text: string): string {
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("%", "%%")
    // Otherwise the rest would be another line of the unit.
    .replaceAll("\n", String.raw`\n`);
  return `"${escaped}"`;
}

/** systemd expands variables only in command lines. */
function quotedArgument(text: string): string {
  return quoted(text).replaceAll("$", () => "$$");
}
