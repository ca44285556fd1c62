import type { DoctorAlert, DoctorAlerts, DoctorReport } from "../contract/doctor.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Clock } from "../system/clock.ts";
import { sendAlert } from "./alert-command.ts";
import type { Hysteresis } from "./alarm.ts";
import type { Doctor } from "./doctor.ts";
import { watchMachine } from "./watch.ts";

/** A pino logger fits. */
interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface StandingDoctorOptions {
  doctor: Pick<Doctor, "examine">;
  clock: Clock;
  log: Log;
  /** 0: no examinations. */
  intervalMs: number;
  hysteresis: Hysteresis;
  /** Empty: alerts are only logged. */
  alertCommand: readonly string[];
}

const mostRecent = 200;

/** The server's periodic examinations. Their alerts are kept in memory only. */
export class StandingDoctor {
  readonly #options: StandingDoctorOptions;
  readonly #end = new AbortController();
  #active: DoctorAlert[] = [];
  #recent: DoctorAlert[] = [];
  #last: DoctorReport | null = null;
  #failures = 0;

  constructor(options: StandingDoctorOptions) {
    this.#options = options;
    if (options.intervalMs > 0) void this.#watch();
  }

  get alerts(): DoctorAlerts {
    return {
      intervalMs: this.watches ? this.#options.intervalMs : null,
      lastAtMs: this.#last?.atMs ?? null,
      active: this.#active,
      recent: this.#recent,
    };
  }

  get watches(): boolean {
    return this.#options.intervalMs > 0;
  }

  get last(): DoctorReport | null {
    return this.#last;
  }

  /** Examinations that ended without a report. */
  get failures(): number {
    return this.#failures;
  }

  close(): void {
    this.#end.abort();
  }

  async #watch(): Promise<void> {
    const { doctor, clock, log, intervalMs, hysteresis } = this.#options;
    await watchMachine({
      clock,
      intervalMs,
      hysteresis,
      signal: this.#end.signal,
      async examine(signal) {
        const report = await doctor.examine({ ports: [] }, { signal });
        if (!report.ok) throw new RefusalError(report.refusal);
        return report.value;
      },
      onReport: (report, changes, active) => {
        this.#last = report;
        this.#active = active;
        this.#recent = [...changes, ...this.#recent].slice(0, mostRecent);
        for (const change of changes) void this.#publish(change);
      },
      onFailure: (error) => {
        this.#failures += 1;
        log.warn({ err: error }, "the doctor's examination failed");
      },
    });
  }

  async #publish(alert: DoctorAlert): Promise<void> {
    const { log, alertCommand } = this.#options;
    const { verdict, severity, subject, message, next } = alert.verdict;
    const fields = { doctor: alert.event, verdict, severity, subject, next };
    if (alert.event === "raised" && severity !== "info") log.warn(fields, message);
    else log.info(fields, message);
    const problem = await sendAlert(alertCommand, alert);
    if (problem !== null) log.warn({ verdict }, `doctor.alert_command: ${problem}`);
  }
}
