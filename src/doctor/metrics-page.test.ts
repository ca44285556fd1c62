import { expect, it } from "vitest";
import { parseMetrics } from "./metrics-page.ts";

it("counters of a page of metrics are summed up over their labels; the program's own are left out", () => {
  const page = [
    "# HELP tokens_total Tokens.",
    'tokens_total{model="a b",le="}"} 10 1700000000000',
    'tokens_total{model="c"} 2.5e1',
    "request_seconds_sum 4.5",
    "request_seconds_count 9",
    "queue_length 3",
    "process_cpu_seconds_total 99",
    "broken_total NaN",
  ].join("\n");
  expect([...parseMetrics(page)]).toEqual([
    ["tokens_total", 35],
    ["request_seconds_sum", 4.5],
    ["request_seconds_count", 9],
  ]);
});
