import { VirtualMachine } from "./virtual-machine.ts";

/** One machine for all files; each leaves it without a server and without a job. */
export default async function setup(): Promise<() => Promise<void>> {
  const vm = new VirtualMachine();
  await vm.up();
  return () => vm.down();
}
