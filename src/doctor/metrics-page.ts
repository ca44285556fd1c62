/** Metrics about the exporting program itself rather than its work. */
const runtime = /^(process|python|nodejs|go|promhttp)_/;

/** Counters in Prometheus's text format, each summed over its labels. */
export function parseMetrics(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, name = "", value = ""] of text.matchAll(
    /^([A-Za-z_:][\w:]*_(?:total|sum|count))(?:\{.*\})? ([\d.eE+-]+)(?: \d+)?$/gm,
  )) {
    const number = Number(value);
    if (runtime.test(name) || !Number.isFinite(number)) continue;
    found.set(name, (found.get(name) ?? 0) + number);
  }
  return found;
}
