import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import { StandingDoctor } from "../doctor/standing-watch.ts";
import type { Doctor } from "../doctor/doctor.ts";
import type { Orphans } from "../orphans/orphans.ts";
import { StandingWatch } from "../orphans/standing-watch.ts";
import { realClock } from "../system/clock.ts";

export interface Watches {
  /** Null: not configured. */
  standingWatch: StandingWatch | null;
  standingDoctor: StandingDoctor;
}

/** The searches that a server repeats if the configuration asks for them: for orphans, and the doctor's. */
export function startWatches(
  { orphans: settings, doctor: doctorSettings }: Config,
  { orphans, doctor }: { orphans: Orphans; doctor: Doctor },
  log: Logger,
): Watches {
  return {
    standingWatch: settings.watch
      ? StandingWatch.start(
          (asked, say, signal) => orphans.watch(asked, say, signal),
          settings.watch_interval,
          log,
        )
      : null,
    standingDoctor: new StandingDoctor({
      doctor,
      clock: realClock,
      log,
      intervalMs: doctorSettings.watch,
      hysteresis: {
        raiseAfter: doctorSettings.raise_after,
        clearAfter: doctorSettings.clear_after,
      },
      alertCommand: doctorSettings.alert_command,
    }),
  };
}
