import type { DoctorAlert, DoctorReport } from "../contract/doctor.ts";
import type { Clock } from "../system/clock.ts";
import { Alarm, type Hysteresis } from "./alarm.ts";
import { wait } from "./wait.ts";

export interface DoctorWatch {
  clock: Clock;
  /** Time between the starts of two examinations. */
  intervalMs: number;
  hysteresis: Hysteresis;
  /**
   * One examination; it takes as long as its window. Errors go to `onFailure`, and the watch
   * continues.
   */
  examine: (signal: AbortSignal) => Promise<DoctorReport>;
  /** Called after each examination, with the changes it caused and all raised alerts. */
  onReport: (report: DoctorReport, changes: DoctorAlert[], active: DoctorAlert[]) => void;
  onFailure: (error: unknown) => void;
  signal: AbortSignal;
}

/** Examines periodically until aborted. Examinations never overlap. */
export async function watchMachine(watch: DoctorWatch): Promise<void> {
  const { clock, signal, intervalMs } = watch;
  const alarm = new Alarm(watch.hysteresis);
  const over = () => signal.aborted;
  while (!over()) {
    const beganMs = clock.monotonicMs();
    try {
      const report = await watch.examine(signal);
      // An interrupted window is not enough evidence for an alarm.
      if (!report.endedEarly) {
        const changes = alarm.take(report);
        watch.onReport(report, changes, alarm.active);
      }
    } catch (error) {
      watch.onFailure(error);
    }
    const waitMs = Math.max(0, beganMs + intervalMs - clock.monotonicMs());
    if (!over()) await wait(clock, waitMs, signal);
  }
}
