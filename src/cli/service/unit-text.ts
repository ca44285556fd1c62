import { problems } from "../../contract/problems.ts";

/** Where the unit is known: in the user's own systemd, or in the machine's. */
export type ServiceKind = "user" | "system";

export interface Service {
  kind: ServiceKind;
  /** Absolute path of the program `holdfast` of this clone. */
  launcher: string;
  /** Whose jobs a system service runs; null: root's. */
  runAs: { name: string; uid: number } | null;
  /** Variables that tell where Holdfast keeps things, so that service and shell mean the same server. */
  env: Readonly<Record<string, string>>;
}

const { server_already_running, foreign_owner, bad_config } = problems;
/** Exit statuses of a server that would end in the same way if it were started again. */
const hopeless = [server_already_running.exit, foreign_owner.exit, bad_config.exit];

/** The unit file. What is not obvious in it is said in it: people read units where they find them. */
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
    "# A restart ends the server alone. Jobs are in scopes of their own (holdfast.slice) and go on in any",
    "# case; where no scope could be made they are below this unit, and these three lines keep them.",
    "Delegate=yes",
    "KillMode=process",
    "OOMPolicy=continue",
    "",
    "[Install]",
    `WantedBy=${kind === "user" ? "default.target" : "multi-user.target"}`,
    "",
  ].join("\n");
}

/** What a login would have set: the user's systemd and the server's socket are found there. */
function runtimeDirOf(uid: number): Record<string, string> {
  return { XDG_RUNTIME_DIR: `/run/user/${uid}` };
}

/** systemd.syntax(7): in double quotes, `%` taken literally. */
function quoted(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%");
  return `"${escaped}"`;
}

/** In command lines, and only there, systemd puts variables in as well. */
function quotedArgument(text: string): string {
  return quoted(text).replaceAll("$", () => "$$");
}
