import type { Doctor, During } from "../doctor/doctor.ts";
import type { InspectionThreads } from "./inspection-threads.ts";

/** The doctor of this machine, examining in other threads. */
export function doctorIn(threads: Pick<InspectionThreads, "call">): Doctor {
  return {
    examine: (asked, during) => threads.call("examine", [asked], watching(during)),
    record: (name, asked, during) => threads.call("record", [name, asked], watching(during)),
  };
}

/** The window is the caller's choice. */
function watching({ onSample, signal }: During = {}) {
  return {
    timeoutMs: null,
    ...(signal === undefined ? {} : { signal }),
    onEvent: (sample: unknown) => onSample?.(...(sample as [number, number])),
  };
}
