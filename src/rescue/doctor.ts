import { doctorFrom } from "../compose/doctor.ts";
import type { DoctorAlert, DoctorErrand, DoctorReport } from "../contract/doctor.ts";
import { RefusalError, type Result } from "../contract/problems.ts";
import { sendAlert } from "../doctor/alert-command.ts";
import type { Doctor } from "../doctor/doctor.ts";
import { watchMachine } from "../doctor/watch.ts";
import type { DoctorProgram } from "./doctor-program.ts";
import { socketSources } from "./doctor-sources.ts";

/**
 * An examination that depends on no server: a server that hangs is one of the things that it finds.
 * Throws RefusalError.
 */
export async function runDoctor(program: DoctorProgram, errand: DoctorErrand): Promise<void> {
  const { config, clock, signal, publish } = program;
  const doctor = doctorFrom(config, clock, socketSources(program));
  const { record, watch, ...rest } = errand;
  const asked = { ...rest, ports: rest.ports ?? [] };
  if (watch !== undefined) {
    await keepWatch(program, doctor, asked, watch);
    return;
  }
  const onSample = (elapsedMs: number, windowMs: number) =>
    publish({ kind: "sample", elapsedMs: Math.round(elapsedMs), windowMs });
  const report = valueOf(
    record === undefined
      ? await doctor.examine(asked, { onSample, signal })
      : await doctor.record(record, asked, { onSample, signal }),
  );
  publish({ kind: "report", report });
}

async function keepWatch(
  { config, clock, signal, publish }: DoctorProgram,
  doctor: Doctor,
  asked: Parameters<Doctor["examine"]>[0],
  watch: NonNullable<DoctorErrand["watch"]>,
): Promise<void> {
  const { raise_after, clear_after, alert_command } = config.doctor;
  const { raiseAfter = raise_after, clearAfter = clear_after, intervalMs, send } = watch;
  const complain = (message: string) => publish({ kind: "complaint", message });
  const sendReported = async (change: DoctorAlert) => {
    const problem = await sendAlert(alert_command, change);
    if (problem !== null) complain(problem);
  };
  await watchMachine({
    clock,
    intervalMs,
    hysteresis: { raiseAfter, clearAfter },
    examine: async (ending) => valueOf(await doctor.examine(asked, { signal: ending })),
    onReport(report, changes, active) {
      publish({ kind: "watched", report, changes, active });
      if (send) for (const change of changes) void sendReported(change);
    },
    onFailure: (error) => complain(error instanceof Error ? error.message : String(error)),
    signal,
  });
}

function valueOf(result: Result<DoctorReport>): DoctorReport {
  if (!result.ok) throw new RefusalError(result.refusal);
  return result.value;
}
