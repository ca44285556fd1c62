export { runToEnd } from "../system/child.ts";
