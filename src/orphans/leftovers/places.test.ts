import { expect, it } from "vitest";
import { makerPid } from "./maker.ts";
import { segmentsIn } from "./places.ts";

it.each<[string, number | null]>([
  ["joblib_memmapping_folder_157898_a64f6205", 157_898],
  ["sem.loky-4711-abcdef", 4711],
  ["loky-4711-abcdef", 4711],
  ["torch_812_2034957_7", 812],
  ["__KMP_REGISTERED_LIB_99_0", 99],
  ["session_2026-11-20_09-30-11_123456_4711", 4711],
  ["psm_4711ab", null],
  ["my_4711_file", null],
  ["backup-torch_812_x", null],
])("the maker's pid is read only from names of known libraries: %s", (name, pid) => {
  expect(makerPid(name)).toBe(pid);
});

const head =
  "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap";

it("System V segments that no process has attached are candidates", () => {
  const rows = [
    "         0         32   600                 65536   812   813      0  1000  1000  1000  1000 1790000000 1790000002 1790000001                 65536                     0",
    "         0         33   600                 65536   812   813      2  1000  1000  1000  1000 1790000000          0 1790000001                 65536                     0",
    "  12345678         34   600                  4096   814   814      0     0     0     0     0          0          0 1790000001                  4096                     0",
    "         0         35   600                  4096     0   815      0     0     0     0     0          0          0 1790000001                  4096                     0",
  ];
  expect(segmentsIn([head, ...rows, ""].join("\n"))).toEqual([
    expect.objectContaining({
      name: "32",
      bytes: 65_536,
      uid: 1000,
      makerPid: 812,
      changedAtMs: 1_790_000_002_999,
      unclear: null,
    }),
    expect.objectContaining({ name: "34", unclear: expect.stringContaining("key") }),
    // Its maker is outside this PID namespace.
    expect.objectContaining({ name: "35", makerPid: null }),
  ]);
});
