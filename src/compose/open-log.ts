import { counted } from "../contract/counted.ts";
import { pino, type Logger } from "pino";
import type { Config } from "../config/config.ts";
import { LogFile } from "../system/log-file.ts";
import { realClock } from "../system/clock.ts";

/** The server's log. A full disk costs lines, and says how many, but does not end the program. */
export function openLog({ server, paths }: Config): Logger {
  const lostLines = (lines: number) =>
    `${JSON.stringify({ level: 40, time: realClock.nowMs(), msg: `${counted(lines, "line")} lost: the disk was full` })}\n`;
  const rotation = { bytes: server.log_size, keep: server.log_keep };
  return pino(
    { level: server.log_level, base: null },
    new LogFile(paths.serverLog, lostLines, rotation),
  );
}
