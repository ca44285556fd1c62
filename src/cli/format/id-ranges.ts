/** `3-5,9`: numbers as a command line takes them. */
export function idRanges(ids: Iterable<number>): string {
  const runs: [first: number, last: number][] = [];
  for (const id of [...ids].toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run === undefined || run[1] + 1 < id) runs.push([id, id]);
    else run[1] = id;
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}
