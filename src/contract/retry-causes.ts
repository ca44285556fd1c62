/** For borders that know nothing of jobs but their contract. */
export { retryCauses, usualCauses, type RetryCause } from "../job/retries.ts";
