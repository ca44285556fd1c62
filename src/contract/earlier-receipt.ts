const newNames: ReadonlyMap<string, string> = new Map([
  ["words", "message"],
  ["looks", "samples"],
]);

/** A receipt as today's schema has it: earlier versions had other names in proofs and GPU checks. */
export function fromEarlier(receipt: unknown): unknown {
  if (!isObject(receipt)) return receipt;
  const { proof, gpus } = receipt;
  return {
    ...receipt,
    proof: renamed(proof),
    ...("gpus" in receipt && { gpus: Array.isArray(gpus) ? gpus.map(renamed) : gpus }),
  };
}

function renamed(value: unknown): unknown {
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, one]) => [newNames.get(name) ?? name, one]);
  return Object.fromEntries(entries);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
