/** For modules that depend only on the contract of jobs. */
export { retryCauses, usualCauses, type RetryCause } from "../job/retries.ts";
