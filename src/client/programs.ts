export { runToEnd } from "../system/child.ts";
export { startLines } from "../system/line-program.ts";
