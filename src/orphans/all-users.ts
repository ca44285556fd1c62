import { refuse, type Result } from "../contract/problems.ts";

export function refuseAllUsers(): Result<never> {
  return refuse("forbidden", { what: "Only root may inspect other users' processes and files" });
}
