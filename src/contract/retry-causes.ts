/** For modules that depend only on the contract of jobs. */
export { retryCauses, defaultCauses, type RetryCause } from "../job/retries.ts";
