// In a small file of its own: the command line loads it with every command.

/** `info`: an explanation, no fault. `warning`: to be inspected. `critical`: work is lost or about to be. */
export const severities = ["info", "warning", "critical"] as const;
export type Severity = (typeof severities)[number];

/**
 * The exit code of each severity: `holdfast doctor` exits with that of the worst verdict, and with 0
 * if there is none.
 */
export const severityExitCodes: Record<Severity, number> = { info: 0, warning: 3, critical: 4 };
