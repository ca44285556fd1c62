import type { Job } from "../../src/client/client.ts";
import type { Health, Receipt } from "../../src/client/client.ts";
import type { VirtualMachine, Where } from "./virtual-machine.ts";

export const fixtures = "/opt/holdfast/build/fixtures";

const uids = { lab: 1000, guest: 1001, root: 0 } as const;

/** Starts a server from a shell and waits as long as an emulated processor needs: `server start` gives it 20 s. */
export const startScript = `
  said=$(mktemp)
  setsid holdfast server start --foreground >"$said" 2>&1 </dev/null &
  for i in $(seq 1200); do
    ! grep -q "^ready " "$said" || break
    sleep 0.1
  done
  grep "^ready " "$said" >&2 || { cat "$said" >&2; exit 1; }
`.trim();

/** The command line of one user inside the machine. No command starts a server implicitly. */
export class GuestHoldfast {
  readonly vm: VirtualMachine;
  readonly where: Where;
  readonly #runtimeDir: string;

  constructor(vm: VirtualMachine, where: Where = {}) {
    this.vm = vm;
    this.where = where;
    this.#runtimeDir = `/run/user/${uids[where.user ?? "lab"]}`;
  }

  get socket(): string {
    return `${this.#runtimeDir}/holdfast/server.sock`;
  }

  run(...args: string[]): Promise<string> {
    return this.vm.run(["holdfast", ...args], this.where);
  }

  async start(): Promise<void> {
    await this.vm.shell(startScript, [], this.where);
  }

  async submit(command: readonly string[], ...options: string[]): Promise<number> {
    const args = ["submit", "--json", "--no-autostart", "--cwd", "/", ...options, "--", ...command];
    const { id } = JSON.parse(await this.run(...args)) as Job;
    return id;
  }

  /** Resolves when the job's output has the line. */
  async said(job: number, line: string): Promise<void> {
    const program = "/opt/holdfast/guest/until-output.mjs";
    await this.vm.run(["node", program, this.socket, String(job), line], this.where);
  }

  async show(job: number): Promise<Job> {
    return JSON.parse(await this.run("show", "--json", "--no-autostart", String(job))) as Job;
  }

  /** Waits until it has ended. */
  async ended(job: number): Promise<Job> {
    await this.vm.attempt(["holdfast", "wait", "--no-autostart", String(job)], this.where);
    return this.show(job);
  }

  async receipt(job: number): Promise<Receipt> {
    return JSON.parse(
      await this.run("receipt", "--json", "--no-autostart", String(job)),
    ) as Receipt;
  }

  async health(): Promise<Health> {
    return JSON.parse(await this.run("server", "status", "--json")) as Health;
  }
}
