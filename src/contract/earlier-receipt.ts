/**
 * A receipt as today's schema has it: earlier versions wrote `words` for each `message`
 * and `looks` for the `samples` of a GPU.
 */
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
  const { words, looks, ...others } = value;
  return {
    ...others,
    ...(words !== undefined && { message: words }),
    ...(looks !== undefined && { samples: looks }),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
