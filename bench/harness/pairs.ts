/** A, B, A, B: what disturbs the machine disturbs both. The first `warmUps` pairs do not count. */
export async function inPairs<A, B>(
  count: number,
  ours: (round: number) => Promise<A>,
  peer: (round: number) => Promise<B>,
  warmUps = 2,
): Promise<{ ours: A[]; peer: B[] }> {
  const measured: { ours: A[]; peer: B[] } = { ours: [], peer: [] };
  for (let round = -warmUps; round < count; round += 1) {
    const a = await ours(round);
    const b = await peer(round);
    if (round < 0) continue;
    measured.ours.push(a);
    measured.peer.push(b);
  }
  return measured;
}
