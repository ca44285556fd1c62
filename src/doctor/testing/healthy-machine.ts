/** The kernel's files on an idle machine with every sensor. */
export function healthyTexts(): Record<string, string> {
  return {
    ...cpuTexts({ busyTicks: 1000, idleTicks: 100_000, stolenTicks: 0 }),
    ...pressureTexts("cpu", { someUs: 1_000_000 }),
    ...pressureTexts("memory", { someUs: 0 }),
    ...pressureTexts("io", { someUs: 300_000, fullUs: 100_000 }),
    "/proc/vmstat": "pgfault 12\noom_kill 0\n",
    "/proc/meminfo": "MemTotal: 24684000 kB\nMemFree: 20985000 kB\nMemAvailable: 24041000 kB\n",
    "/proc/loadavg": "0.10 0.12 0.20 1/231 12345\n",
    "/proc/sys/kernel/pid_max": "32768\n",
    "/proc/sys/kernel/threads-max": "192731\n",
    "/proc/sys/fs/file-nr": "1024\t0\t2466183\n",
    "/proc/net/tcp": "  sl  local_address rem_address   st\n",
    "/proc/net/tcp6": "  sl  local_address rem_address   st\n",
    "/proc/self/mountinfo": [
      "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate",
      "31 24 0:27 / /proc rw - proc proc rw",
    ].join("\n"),
    "/proc/self/cgroup": "0::/user.slice\n",
    "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "3600000\n",
    "/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_total_time_ms": "40\n",
    "/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_total_time_ms": "40\n",
    "/sys/class/thermal/thermal_zone0/type": "x86_pkg_temp\n",
    "/sys/class/thermal/thermal_zone0/temp": "45000\n",
    "/sys/class/thermal/thermal_zone0/trip_point_0_type": "passive\n",
    "/sys/class/thermal/thermal_zone0/trip_point_0_temp": "85000\n",
    "/sys/class/thermal/thermal_zone0/trip_point_1_type": "critical\n",
    "/sys/class/thermal/thermal_zone0/trip_point_1_temp": "100000\n",
    "/sys/class/hwmon/hwmon1/name": "nvme\n",
    "/sys/class/hwmon/hwmon1/temp1_input": "38850\n",
    "/sys/class/hwmon/hwmon1/temp1_crit": "84850\n",
    "/sys/class/hwmon/hwmon1/temp1_label": "Composite\n",
  };
}

/** The line of all CPUs. */
export function cpuTexts(ticks: {
  busyTicks: number;
  idleTicks: number;
  stolenTicks?: number;
}): Record<string, string> {
  const { busyTicks, idleTicks, stolenTicks = 0 } = ticks;
  const line = `cpu  ${busyTicks} 0 0 ${idleTicks} 0 0 0 ${stolenTicks} 0 0`;
  return { "/proc/stat": `${line}\ncpu0 0 0 0 0\n` };
}

/** Microseconds since boot. Without a group the machine's. */
export function pressureTexts(
  kind: "cpu" | "memory" | "io",
  stalled: { someUs: number; fullUs?: number; fullAvg60?: number },
  group?: string,
): Record<string, string> {
  const { someUs, fullUs = 0, fullAvg60 = 0 } = stalled;
  const path = group === undefined ? `/proc/pressure/${kind}` : `${group}/${kind}.pressure`;
  return {
    [path]: [
      `some avg10=0.00 avg60=0.00 avg300=0.00 total=${someUs}`,
      `full avg10=0.00 avg60=${fullAvg60.toFixed(2)} avg300=0.00 total=${fullUs}`,
      "",
    ].join("\n"),
  };
}
