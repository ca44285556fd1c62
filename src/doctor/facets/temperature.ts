import { facet } from "../facet.ts";
import type { Machine } from "../machine.ts";

interface Sensor {
  name: string;
  celsius: number;
  /** The vendor's critical temperature. */
  criticalCelsius: number | null;
}

/** The machine's own sensors. GPU temperatures are part of gpu-throttling. */
export const temperature = facet<Sensor[]>({
  name: "temperature",
  scope: "machine",
  sampling: "ends",
  sample: ({ machine }) => [...zones(machine), ...monitors(machine)],
  judge({ first, last }, chart, { thresholds }) {
    if (last.value.length === 0) {
      chart.missing("this machine has no readable temperature sensor");
      return;
    }
    for (const { name, celsius, criticalCelsius } of last.value) {
      chart.figure("temperature.sensor", name, celsius);
      const before = first.value.find((one) => one.name === name)?.celsius;
      if (criticalCelsius === null || before === undefined) continue;
      const from = criticalCelsius - thresholds.temperature_margin;
      if (celsius < from || before < from) continue;
      chart.finding({
        verdict: "machine-hot",
        subject: name,
        message: `${name} is at ${celsius.toFixed(0)} °C; its critical point is ${criticalCelsius.toFixed(0)} °C`,
        figure: celsius,
        threshold: from,
        source: "/sys/class/thermal, /sys/class/hwmon",
        confidence: "proven",
        next: "sensors",
      });
    }
  },
});

/** `thermal_zone0/{type,temp,trip_point_0_type,trip_point_0_temp}`; thousandths of a degree. */
function zones(machine: Machine): Sensor[] {
  return folders(machine, "/sys/class/thermal", /^thermal_zone\d+$/).flatMap((folder) => {
    const celsius = degrees(machine, `${folder}/temp`);
    if (celsius === null) return [];
    const trips = (machine.names(folder) ?? []).flatMap((file) => {
      const point = /^(trip_point_\d+)_type$/.exec(file)?.[1];
      const type = point === undefined ? null : machine.text(`${folder}/${file}`)?.trim();
      const at = type === "critical" ? degrees(machine, `${folder}/${point}_temp`) : null;
      return at === null ? [] : [at];
    });
    const name = machine.text(`${folder}/type`)?.trim() ?? folder;
    return [{ name, celsius, criticalCelsius: trips.length === 0 ? null : Math.min(...trips) }];
  });
}

/** `hwmon0/{name,temp1_input,temp1_label,temp1_crit}` */
function monitors(machine: Machine): Sensor[] {
  return folders(machine, "/sys/class/hwmon", /^hwmon\d+$/).flatMap((folder) =>
    (machine.names(folder) ?? []).flatMap((file) => {
      const sensor = /^(temp\d+)_input$/.exec(file)?.[1];
      if (sensor === undefined) return [];
      const celsius = degrees(machine, `${folder}/${file}`);
      const chip = machine.text(`${folder}/name`)?.trim() ?? folder;
      const label = machine.text(`${folder}/${sensor}_label`)?.trim() ?? sensor;
      const criticalCelsius = degrees(machine, `${folder}/${sensor}_crit`);
      return celsius === null ? [] : [{ name: `${chip} ${label}`, celsius, criticalCelsius }];
    }),
  );
}

function folders(machine: Machine, root: string, name: RegExp): string[] {
  return (machine.names(root) ?? []).filter((one) => name.test(one)).map((one) => `${root}/${one}`);
}

function degrees(machine: Machine, path: string): number | null {
  const text = machine.text(path)?.trim();
  return text === undefined || !/^-?\d+$/.test(text) ? null : Number(text) / 1000;
}
