// For the tests of cli/, which may not reach below client/.
export { FakeClock } from "../system/fake-clock.ts";
