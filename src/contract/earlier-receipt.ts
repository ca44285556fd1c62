/** A receipt as today's schema has it: earlier versions wrote `words` for each `message`. */
export function fromEarlier(receipt: unknown): unknown {
  if (!isObject(receipt)) return receipt;
  const { proof, gpus } = receipt;
  return {
    ...receipt,
    proof: withMessage(proof),
    ...("gpus" in receipt && { gpus: Array.isArray(gpus) ? gpus.map(withMessage) : gpus }),
  };
}

function withMessage(value: unknown): unknown {
  if (!isObject(value) || !("words" in value)) return value;
  const { words, ...others } = value;
  return { ...others, message: words };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
