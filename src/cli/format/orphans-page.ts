import type { OrphanPlan, OrphanReceipt, OrphanScan } from "../../client/client.ts";
import { counted } from "../../contract/counted.ts";
import { shellWord } from "../../contract/shell-word.ts";
import { formatDuration, formatSize } from "../../contract/units.ts";
import { cut } from "./fit.ts";
import { leftoverTable } from "./leftovers-page.ts";
import { bold, section, table, type Block, type Column, type Page, type Table } from "./page.ts";
import { printable } from "./printable.ts";

type Tree = OrphanPlan["trees"][number] | OrphanScan["suspects"][number];
type Process = Tree["processes"][number];

const processColumns: readonly Column<{ process: Process; depth: number }>[] = [
  { title: "PID", align: "right", cell: ({ process }) => String(process.pid) },
  { title: "AGE", align: "right", cell: ({ process }) => formatDuration(process.ageMs) },
  { title: "CPU", align: "right", cell: ({ process }) => `${process.cpuPercent} %` },
  {
    title: "MEMORY",
    align: "right",
    cell: ({ process: { residentBytes } }) =>
      residentBytes === null ? "" : formatSize(residentBytes),
  },
  { title: "HOLDS", least: 8, cell: ({ process }) => holdingsOf(process).join(" ") },
  {
    title: "COMMAND",
    least: 12,
    cell: ({ process, depth }) =>
      (depth === 0 ? "" : `${"  ".repeat(depth - 1)}└─ `) + process.command,
  },
];

/** Each suspect with its tree and the evidence. */
export function scanPage({ suspects, young, moved = [], seen, unread }: OrphanScan): Page {
  const not = unread.length === 0 ? "" : ` Not inspected: ${unread.join("; ")}.`;
  const early = young.length === 0 ? "" : ` and ${counted(young.length, "young candidate")}`;
  const among = counted(seen, "process", "processes");
  return [
    `${counted(suspects.length, "suspect")}${early} among ${among}.${not}`,
    ...suspects.flatMap(treeBlocks),
    ...(young.length === 0
      ? []
      : ["", "Young candidates (holdfast orphans --now treats them as suspects):"]),
    ...young.flatMap(treeBlocks),
    ...moved.flatMap(movedBlocks),
  ];
}

function movedBlocks({
  jobId,
  attempt,
  stateDir,
  movedTo,
  processes,
}: NonNullable<OrphanScan["moved"]>[number]): Block[] {
  const whose = jobId === null ? `attempt ${attempt}` : `job ${jobId}`;
  return [
    "",
    section(bold(`not suspected: ${whose} of a state folder that was moved`), [
      `${stateDir} is ${movedTo} now; no plan takes these processes`,
      `HOLDFAST_STATE_DIR=${shellWord(movedTo)} holdfast ls shows the job, and starts a server there`,
    ]),
    processTable(processes),
  ];
}

/** What a plan would do, and what it leaves running. */
export function planPage(plan: OrphanPlan): Page {
  const { trees, left, frees } = plan;
  if (plan.asked.leftovers === true) return leftoverPlan(plan);
  const holds = [
    formatSize(frees.residentBytes),
    ...frees.gpuDevices,
    ...frees.ports.map((port) => `port ${port}`),
  ].join(", ");
  const ended = counted(frees.processes, "process", "processes");
  const would =
    trees.length === 0
      ? `Plan ${plan.plan}: nothing is to be ended.`
      : `Plan ${plan.plan}: ${plan.signals.join(", ")} to ${ended}; would free ${holds}.`;
  return [
    bold(would),
    ...trees.flatMap(treeBlocks),
    ...(left.length === 0 ? [] : [""]),
    section(
      "Left alone:",
      left.map(({ root, command, why }) => `${root} ${short(command)}: ${why}`),
    ),
    ...(trees.length === 0 || plan.asked.killAll === true
      ? []
      : ["", `holdfast orphans reap ${plan.plan} carries it out`]),
  ];
}

function leftoverPlan({ plan, leftovers, frees }: OrphanPlan): Page {
  if (leftovers.length === 0) return [bold(`Plan ${plan}: nothing is to be removed.`)];
  const would = `would remove ${leftovers.length} left behind; would free ${formatSize(frees.residentBytes)}`;
  return [
    bold(`Plan ${plan}: ${would}.`),
    leftoverTable(leftovers),
    "",
    `holdfast orphans reap ${plan} carries it out`,
  ];
}

const endColumns: readonly Column<OrphanReceipt["processes"][number]>[] = [
  { title: "PID", align: "right", cell: ({ pid }) => String(pid) },
  { title: "END", cell: ({ end }) => end },
  { title: "RESULT", least: 12, cell: ({ message }) => message },
  { title: "COMMAND", least: 12, cell: ({ command }) => command },
];

export function orphanReceiptPage({
  processes,
  left = [],
  leftovers,
  freed,
  plan,
  dryRun,
}: OrphanReceipt): Page {
  const memory = freed.gpuMemory.map(({ index, usedBeforeBytes, usedAfterBytes }) =>
    usedBeforeBytes === null || usedAfterBytes === null
      ? `GPU ${index} (amount not reported by the driver)`
      : `GPU ${index}, of which ${formatSize(usedBeforeBytes)} were used and now ${formatSize(usedAfterBytes)} are`,
  );
  const free = [...freed.gpuDevices, ...memory, ...freed.ports.map((port) => `port ${port}`)];
  const isEmpty = processes.length === 0 && leftovers.length === 0;
  return [
    `Plan ${plan}${dryRun ? ", tried without a signal" : ""}`,
    ...leftovers.map(({ name, end, message }) => `${end}: ${name} (${message})`),
    ...(isEmpty ? ["it has no process to end"] : []),
    ...(processes.length === 0 ? [] : [table(processes, endColumns)]),
    ...left.map(({ root, command, why }) => `left alone: ${root} ${short(command)} (${why})`),
    ...(free.length === 0 ? [] : [`free again: ${free.join(", ")}`]),
  ];
}

function treeBlocks({ class: kind, rule, confidence, evidence, processes }: Tree): Block[] {
  const by = rule === null ? "" : `, rule ${rule}`;
  const head = kind === "not-suspected" ? `not suspected${by}` : `${kind}${by}: ${confidence}`;
  return ["", bold(head), ...evidence.map((text) => `  ${text}`), processTable(processes)];
}

function processTable(processes: Tree["processes"]): Table {
  const depths = new Map<number, number>();
  const rows = processes.map((process) => {
    const above = depths.get(process.ppid);
    const depth = above === undefined ? 0 : above + 1;
    depths.set(process.pid, depth);
    return { process, depth };
  });
  return table(rows, processColumns);
}

function holdingsOf({ gpuMemory, gpuDevices, ports, checkpoints, container }: Process): string[] {
  return [
    ...(gpuMemory.length === 0 ? gpuDevices : []),
    ...gpuMemory.map(
      ({ index, bytes }) => `gpu:${index}${bytes === null ? "" : ` ${formatSize(bytes)}`}`,
    ),
    ...ports.map((port) => `:${port}`),
    ...checkpoints,
    ...(container === null ? [] : [container]),
  ];
}

function short(command: string): string {
  return cut(printable(command), 60);
}
