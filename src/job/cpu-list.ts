/** Ranges of a list such as `0-3,8`, as pairs of first and last. */
function rangesOf(list: string): [number, number][] {
  return list
    .split(",")
    .filter((part) => part !== "")
    .map((part) => {
      const [first = "", last = first] = part.split("-");
      return [Number(first), Number(last)];
    });
}

/** How many CPUs a list has. Of a list without overlaps, as the kernel writes it. */
export function countCpus(list: string): number {
  return rangesOf(list).reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/** Whether every CPU of `part` is in `whole`, a list as the kernel writes it; false for a range that runs backwards. */
export function areCpusIn(part: string, whole: string): boolean {
  const ranges = rangesOf(whole);
  return rangesOf(part).every(
    ([first, last]) => first <= last && ranges.some(([from, to]) => from <= first && last <= to),
  );
}
