import type { OrphanPlan, OrphanReceipt, OrphanScan } from "../../client/client.ts";
import { shellWord } from "../../contract/shell-word.ts";
import { formatDuration, formatSize } from "../../contract/units.ts";
import { cut } from "./fit.ts";
import { leftoverTable } from "./leftovers-page.ts";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { table, type Column } from "./table.ts";

type Tree = OrphanPlan["trees"][number] | OrphanScan["suspects"][number];

const columns: readonly Column[] = [
  { title: "PID", align: "right", gives: false, least: 0 },
  { title: "AGE", align: "right", gives: false, least: 0 },
  { title: "CPU", align: "right", gives: false, least: 0 },
  { title: "MEMORY", align: "right", gives: false, least: 0 },
  { title: "HOLDS", align: "left", gives: true, least: 8 },
  { title: "COMMAND", align: "left", gives: true, least: 12 },
];

/** Each suspect with its tree and the evidence. */
export function scanPage(scan: OrphanScan, width: number | null, style: Style): string[] {
  const { suspects, young, moved = [], seen, unread } = scan;
  const not = unread.length === 0 ? "" : ` Not inspected: ${printable(unread.join("; "))}.`;
  const early = young.length === 0 ? "" : ` and ${count(young.length, "young candidate")}`;
  const head = `${count(suspects.length, "suspect")}${early} among ${count(seen, "process")}.${not}`;
  const trees = (list: readonly Tree[]) =>
    list.flatMap((tree) => [""].concat(treeLines(tree, width, style)));
  return [
    head,
    ...trees(suspects),
    ...(young.length === 0
      ? []
      : ["", "Young candidates (holdfast orphans --now treats them as suspects):"]),
    ...trees(young),
    ...moved.flatMap((one) => [""].concat(movedLines(one, width, style))),
  ];
}

function movedLines(
  { jobId, attempt, stateDir, movedTo, processes }: NonNullable<OrphanScan["moved"]>[number],
  width: number | null,
  style: Style,
): string[] {
  const whose = jobId === null ? `attempt ${attempt}` : `job ${jobId}`;
  return [
    style.bold(`not suspected: ${printable(whose)} of a state folder that was moved`),
    `  ${printable(stateDir)} is ${printable(movedTo)} now; no plan takes these processes`,
    `  HOLDFAST_STATE_DIR=${shellWord(movedTo)} holdfast ls shows the job, and starts a server there`,
    ...table(columns, rowsOf(processes), width),
  ];
}

/** What a plan would do, and what it leaves running. */
export function planPage(plan: OrphanPlan, width: number | null, style: Style): string[] {
  const { trees, left, frees } = plan;
  if (plan.asked.leftovers === true) return leftoverPlan(plan, width, style);
  const holds = [
    formatSize(frees.residentBytes),
    ...frees.gpuDevices,
    ...frees.ports.map((port) => `port ${port}`),
  ].join(", ");
  const would =
    trees.length === 0
      ? `Plan ${plan.plan}: nothing is to be ended.`
      : `Plan ${plan.plan}: ${plan.signals.join(", ")} to ${count(frees.processes, "process")}; would free ${holds}.`;
  return [
    style.bold(would),
    ...trees.flatMap((tree) => [""].concat(treeLines(tree, width, style))),
    ...(left.length === 0 ? [] : ["", "Left alone:"]),
    ...left.map(
      ({ root, command, why }) => `  ${root} ${cut(printable(command), 60)}: ${printable(why)}`,
    ),
    ...(trees.length === 0 || plan.asked.killAll === true
      ? []
      : ["", `holdfast orphans reap ${plan.plan} carries it out`]),
  ];
}

function leftoverPlan(plan: OrphanPlan, width: number | null, style: Style): string[] {
  const { leftovers, frees } = plan;
  if (leftovers.length === 0) return [style.bold(`Plan ${plan.plan}: nothing is to be removed.`)];
  return [
    style.bold(
      `Plan ${plan.plan}: would remove ${leftovers.length} left behind; would free ${formatSize(frees.residentBytes)}.`,
    ),
    ...leftoverTable(leftovers, width),
    "",
    `holdfast orphans reap ${plan.plan} carries it out`,
  ];
}

const receiptColumns: readonly Column[] = [
  { title: "PID", align: "right", gives: false, least: 0 },
  { title: "END", align: "left", gives: false, least: 0 },
  { title: "WORDS", align: "left", gives: true, least: 12 },
  { title: "COMMAND", align: "left", gives: true, least: 12 },
];

export function orphanReceiptPage(
  { processes, left = [], leftovers, freed, plan, dryRun }: OrphanReceipt,
  width: number | null,
): string[] {
  const rows = processes.map(({ pid, end, words, command }) => [
    String(pid),
    end,
    printable(words),
    printable(command),
  ]);
  const memory = freed.gpuMemory.map(({ index, usedBeforeBytes, usedAfterBytes }) =>
    usedBeforeBytes === null || usedAfterBytes === null
      ? `GPU ${index} (amount not reported by the driver)`
      : `GPU ${index}, of which ${formatSize(usedBeforeBytes)} were used and now ${formatSize(usedAfterBytes)} are`,
  );
  const free = [...freed.gpuDevices, ...memory, ...freed.ports.map((port) => `port ${port}`)];
  return [
    `Plan ${plan}${dryRun ? ", tried without a signal" : ""}`,
    ...leftovers.map(({ name, end, words }) => `${end}: ${printable(name)} (${printable(words)})`),
    ...(rows.length === 0 && leftovers.length > 0
      ? []
      : rows.length === 0
        ? ["it has no process to end"]
        : table(receiptColumns, rows, width)),
    ...left.map(
      ({ root, command, why }) =>
        `left alone: ${root} ${cut(printable(command), 60)} (${printable(why)})`,
    ),
    ...(free.length === 0 ? [] : [`free again: ${free.join(", ")}`]),
  ];
}

function treeLines(tree: Tree, width: number | null, style: Style): string[] {
  const { class: kind, rule, confidence, evidence, processes } = tree;
  const by = rule === null ? "" : `, rule ${rule}`;
  return [
    style.bold(kind === "not-suspected" ? `not suspected${by}` : `${kind}${by}: ${confidence}`),
    ...evidence.map((words) => `  ${printable(words)}`),
    ...table(columns, rowsOf(processes), width),
  ];
}

function rowsOf(processes: Tree["processes"]): string[][] {
  const depths = new Map<number, number>();
  return processes.map((one) => {
    const above = depths.get(one.ppid);
    const depth = above === undefined ? 0 : above + 1;
    depths.set(one.pid, depth);
    const branch = depth === 0 ? "" : `${"  ".repeat(depth - 1)}└─ `;
    return [
      String(one.pid),
      formatDuration(one.ageMs),
      `${one.cpuPercent} %`,
      one.residentBytes === null ? "" : formatSize(one.residentBytes),
      [
        ...(one.gpuMemory.length === 0 ? one.gpuDevices : []),
        ...one.gpuMemory.map(
          ({ index, bytes }) => `gpu:${index}${bytes === null ? "" : ` ${formatSize(bytes)}`}`,
        ),
        ...one.ports.map((port) => `:${port}`),
        ...one.checkpoints,
        ...(one.container === null ? [] : [one.container]),
      ]
        .map(printable)
        .join(" "),
      branch + printable(one.command),
    ];
  });
}

function count(number: number, word: string): string {
  const many = word.endsWith("s") ? `${word}es` : `${word}s`;
  return `${number} ${number === 1 ? word : many}`;
}
