import type { DoctorAlert, DoctorReport } from "../contract/doctor.ts";
import type { Clock } from "../system/clock.ts";
import { Alarm, type Hysteresis } from "./alarm.ts";
import { wait } from "./wait.ts";

export interface DoctorWatch {
  clock: Clock;
  /** From the beginning of one examination to that of the next. */
  intervalMs: number;
  hysteresis: Hysteresis;
  /** One examination, which takes its window. Whatever it throws is told and the watch goes on. */
  examine: (signal: AbortSignal) => Promise<DoctorReport>;
  /** After each examination, with what changes by it, and all that is raised. */
  onReport: (report: DoctorReport, changes: DoctorAlert[], active: DoctorAlert[]) => void;
  onFailure: (error: unknown) => void;
  signal: AbortSignal;
}

/** Examines again and again until it is aborted. Examinations never overlap. */
export async function watchMachine(watch: DoctorWatch): Promise<void> {
  const { clock, signal, intervalMs } = watch;
  const alarm = new Alarm(watch.hysteresis);
  const over = () => signal.aborted;
  while (!over()) {
    const beganMs = clock.monotonicMs();
    try {
      const report = await watch.examine(signal);
      // What an interrupted window saw is too little for an alarm.
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
