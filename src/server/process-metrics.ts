import { readdir } from "node:fs/promises";
import { Counter, Gauge, type Registry } from "prom-client";

/**
 * The server's own process, under the names that every Prometheus client uses. The library's
 * collection is not used: it samples the event loop every 10 ms, also in an idle server.
 */
export function addProcessMetrics(registry: Registry, startedAtMs: () => Promise<number>): void {
  const registers = [registry];
  const cpu = new Counter({
    name: "process_cpu_seconds_total",
    help: "User and system CPU time spent in seconds.",
    registers: [],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  registry.registerMetric(cpu);
  const add = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });
  add("process_resident_memory_bytes", "Resident memory in bytes.", () =>
    process.memoryUsage.rss(),
  );
  add("process_open_fds", "Open file descriptors.", openDescriptors);
  add(
    "process_start_time_seconds",
    "Start of the process since the Unix epoch in seconds.",
    async () => (await startedAtMs()) / 1000,
  );
}

async function openDescriptors(): Promise<number> {
  try {
    return (await readdir("/proc/self/fd")).length - 1; // without the descriptor that reads the folder
  } catch {
    return Number.NaN; // no /proc here
  }
}
